namespace AdvSeg.Servers;

/// <summary>A server that a test needs cannot be run here; the message says why. Tests skip with it, commands end with it.</summary>
public sealed class MissingPartException : Exception
{
    public MissingPartException(string message)
        : base(message)
    {
    }

    public MissingPartException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public MissingPartException()
    {
    }
}
