namespace AdvSeg.Grains;

/// <summary>
/// When to deliver a settlement again that a sweep did not acknowledge. Each wait is twice as long as the one before, so that a sweep out of
/// reach costs few calls and few lines of log.
/// </summary>
/// <param name="first">The first wait.</param>
internal sealed class DeliveryPauses(TimeSpan first)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private readonly Dictionary<(string Run, long Token), (DateTimeOffset NotBefore, TimeSpan Wait)> _pauses = [];

    public bool IsDue((string Run, long Token) settlement, DateTimeOffset now) =>
        !_pauses.TryGetValue(settlement, out var pause) || pause.NotBefore <= now;

    public void Failed((string Run, long Token) settlement, DateTimeOffset now)
    {
        TimeSpan wait = _pauses.TryGetValue(settlement, out var pause) ? TimeSpan.FromTicks(Math.Min(2 * pause.Wait.Ticks, Longest.Ticks)) : first;
        _pauses[settlement] = (now + wait, wait);
    }

    public void Delivered((string Run, long Token) settlement) => _pauses.Remove(settlement);
}
