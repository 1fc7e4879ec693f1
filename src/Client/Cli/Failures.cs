using System.Net.Sockets;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Hosting.Settings;
using AdvSeg.Storage.Contract;

namespace AdvSeg.Client.Cli;

/// <summary>Turns whatever a command threw into one message and an exit code. A stack trace is shown only with ADVSEG_DEBUG=1.</summary>
internal static class Failures
{
    private const int TooManyOpenFiles = 24;
    private const int NoSpaceLeft = 28;
    private const int ReadOnlyFileSystem = 30;

    public static int Report(Exception exception)
    {
        (int exitCode, string message) = Describe(exception);
        Terminal.Current.Say($"advseg: {message}");
        if (Variables.Find("ADVSEG_DEBUG") == "1")
        {
            Terminal.Current.Say(exception.ToString());
        }

        return exitCode;
    }

    public static (int ExitCode, string Message) Describe(Exception exception) => exception switch
    {
        CommandException e => (e.ExitCode, e.Message),
        SpecException e => (ExitCode.BadInput, e.Message),
        AggregateException { InnerException: { } inner } => Describe(inner),
        TypeInitializationException { InnerException: { } inner } => Describe(inner),
        TrainingException { Failure: FailureClass.Data } e => (ExitCode.BadInput, e.Message),
        TrainingException e => (ExitCode.Failure, $"The training failed ({Kebab.Of(e.Failure)}): {e.Message}"),
        ArtifactStoreException e => (ExitCode.Failure, e.Message),
        UnauthorizedAccessException e => (ExitCode.Failure, $"{Trim(e.Message)}. Change its permissions or choose another folder."),
        IOException { HResult: NoSpaceLeft } or IOException { HResult: unchecked((int)0x80070070) } =>
            (
                ExitCode.Failure,
                $"The disk is full or has no inodes left ({Trim(exception.Message)}). Free some space or remove some files ('df -h', 'df -i') and "
                    + "run the same command again; finished work is kept."),
        IOException { HResult: TooManyOpenFiles } => (ExitCode.Failure, OpenFiles.Exhausted()),
        IOException { HResult: ReadOnlyFileSystem } e => (ExitCode.Failure, $"{Trim(e.Message)}. Choose a folder on a disk that can be written."),
        FileNotFoundException or DirectoryNotFoundException => (ExitCode.BadInput, $"{Trim(exception.Message)}. Check the path."),
        IOException when Innermost(exception) is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            (ExitCode.Failure, $"{Trim(exception.Message)}. Choose another port with --port."),
        DllNotFoundException e => (ExitCode.Failure, $"A native library does not load: {Trim(e.Message)}. Run 'advseg doctor' for what is missing."),
        _ => (ExitCode.Failure, $"{Trim(exception.Message)}. Set ADVSEG_DEBUG=1 for the details."),
    };

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;

    /// <summary>The first line without its full stop.</summary>
    private static string Trim(string message)
    {
        int end = message.AsSpan().IndexOfAny('\r', '\n');
        return (end < 0 ? message : message[..end]).TrimEnd('.', ' ');
    }
}
