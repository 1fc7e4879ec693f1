namespace AdvSeg.Core.Errors;

/// <summary>Bad input: a file, a request, a stored record. The message names the value and the remedy; exit code 65.</summary>
public class SpecException : Exception
{
    public SpecException(string message)
        : base(message)
    {
    }

    public SpecException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public SpecException()
    {
    }
}
