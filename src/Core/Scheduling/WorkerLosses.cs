namespace AdvSeg.Core.Scheduling;

/// <summary>
/// Counts how often the cluster loses a worker, whatever it trained. A worker that is lost with several attempts is one loss; so are leases
/// of it that end within one term, because renewals of a silent worker end one by one.
/// </summary>
/// <param name="count">Losses before this scheduler's activation.</param>
/// <param name="term">Leases' time to live.</param>
internal sealed class WorkerLosses(long count, TimeSpan term)
{
    private readonly Dictionary<string, DateTimeOffset> _lately = [];

    public long Count { get; private set; } = count;

    public void Add(string worker, DateTimeOffset now)
    {
        foreach (string old in _lately.Where(l => now - l.Value > term).Select(l => l.Key).ToList())
        {
            _lately.Remove(old);
        }

        Count += _lately.TryAdd(worker, now) ? 1 : 0;
    }
}
