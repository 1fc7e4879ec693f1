namespace AdvSeg.Core.Scheduling;

/// <summary>
/// Workers that membership holds for alive because other silos hear them, while the scheduler does not: one link is broken. Calls to such
/// a worker hang, and what the cluster keeps on it cannot be reached, so after one more term of silence it is to be put out of the cluster.
/// </summary>
/// <remarks>The second term is for a scheduler that was itself frozen: everybody seems silent to it until it has read what waits for it.</remarks>
/// <param name="term">Leases' time to live.</param>
public sealed class SilentWorkers(TimeSpan term)
{
    private readonly Dictionary<string, DateTimeOffset> _since = [];

    /// <summary>A lease of the worker ended by silence.</summary>
    public void Add(string worker, DateTimeOffset now) => _since.TryAdd(worker, now);

    /// <summary>It called, or left.</summary>
    public void Remove(string worker) => _since.Remove(worker);

    /// <summary>Workers whose second term is over. They stay until they are removed, because putting one out can fail.</summary>
    public IReadOnlyList<string> Overdue(DateTimeOffset now) => [.. _since.Where(s => now - s.Value >= term).Select(s => s.Key)];
}
