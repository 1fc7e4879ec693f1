using System.Collections.Concurrent;
using AdvSeg.Core.Runs;

namespace AdvSeg.Silo.Worker;

/// <summary>A worker's attempts, each from its grant until the scheduler has heard how it ended. From any thread.</summary>
internal sealed class HeldAttempts
{
    private readonly ConcurrentDictionary<long, Attempt> _attempts = new();

    public int Count => _attempts.Count;

    public bool IsEmpty => _attempts.IsEmpty;

    public Attempt[] Now => [.. _attempts.Values];

    public long[] Tokens => [.. _attempts.Keys];

    public Attempt? Find(long token) => _attempts.GetValueOrDefault(token);

    public void Add(Attempt attempt) => _attempts[attempt.Grant.Token] = attempt;

    public void Remove(Attempt attempt) => _attempts.TryRemove(attempt.Grant.Token, out _);

    /// <summary>Sends the request to each of these attempts that is still held.</summary>
    public void Stop(IEnumerable<long> tokens, StopRequest request)
    {
        foreach (long token in tokens)
        {
            Find(token)?.RequestStop(request);
        }
    }
}
