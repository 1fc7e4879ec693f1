namespace AdvSeg.UseCases.Errors;

/// <summary>Too much was asked in too short a time; it may be asked again after <see cref="After"/>.</summary>
public sealed class TooManyRequestsException(string message, TimeSpan after) : Exception(message)
{
    public TimeSpan After { get; } = after;
}
