namespace AdvSeg.Client.Cli;

/// <summary>Ends the command with one message for people and an exit code.</summary>
internal class CommandException(int exitCode, string message, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>The server does not answer, or says that it is not ready: asking again may help.</summary>
internal class UnreachableServerException(string message, Exception? inner = null)
    : CommandException(Core.Errors.ExitCode.Unreachable, message, inner);
