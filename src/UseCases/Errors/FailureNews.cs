namespace AdvSeg.UseCases.Errors;

/// <summary>
/// Tells whether a failure of something that is tried all the time is worth a line of log: the first failure is, a different one is, and the same one
/// is again after a time that doubles while it lasts.
/// </summary>
public sealed class FailureNews(TimeProvider clock)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);
    private string? _said;
    private long _at;
    private TimeSpan _wait;

    public bool IsNews(Exception failure)
    {
        if (failure.Message == _said && clock.GetElapsedTime(_at) < _wait)
        {
            return false;
        }

        _wait = failure.Message == _said ? TimeSpan.FromTicks(Math.Min(2 * _wait.Ticks, Longest.Ticks)) : First;
        (_said, _at) = (failure.Message, clock.GetTimestamp());
        return true;
    }

    /// <summary>It worked: whatever fails next is news.</summary>
    public void Worked() => _said = null;
}
