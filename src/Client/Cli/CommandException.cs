namespace AdvSeg.Client.Cli;

/// <summary>Ends the command with one message for people and an exit code.</summary>
internal sealed class CommandException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}
