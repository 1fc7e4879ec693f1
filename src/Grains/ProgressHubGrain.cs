using System.Runtime.CompilerServices;
using AdvSeg.Core.Runs;
using AdvSeg.Grains.Interfaces;
using Orleans.Concurrency;

namespace AdvSeg.Grains;

/// <summary>Keeps the newest progress per run under a rising version; watchers are woken by each batch.</summary>
[Reentrant]
[GrainType("progress-hub")]
public sealed class ProgressHubGrain(TimeProvider clock) : Grain, IProgressHubGrain
{
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(30);
    private readonly Dictionary<string, (RunProgress Progress, DateTimeOffset At)> _runs = [];
    private readonly Signal _changed = new();
    private long _version;

    /// <summary>
    /// Versions start at this activation's time: a watcher that comes back with a version of an earlier activation then still sees
    /// everything that is newer.
    /// </summary>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _version = clock.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
        return Task.CompletedTask;
    }

    public Task Report(IReadOnlyList<RunProgress> batch)
    {
        DateTimeOffset now = clock.GetUtcNow();
        _version++;
        foreach (RunProgress progress in batch)
        {
            // An attempt that was superseded may still report for a second.
            if (!_runs.TryGetValue(progress.Run, out var known) || known.Progress.Attempt <= progress.Attempt)
            {
                _runs[progress.Run] = (progress with { Version = _version }, now);
            }
        }

        foreach (string stale in _runs.Where(r => now - r.Value.At > Stale).Select(r => r.Key).ToList())
        {
            _runs.Remove(stale);
        }

        _changed.Set();
        return Task.CompletedTask;
    }

    public Task<ProgressBatch> GetSince(long version) =>
        Task.FromResult(
            new ProgressBatch(
                _version, [.. _runs.Values.Select(r => r.Progress).Where(p => p.Version > version).OrderBy(p => p.Run, StringComparer.Ordinal)]));

    public async IAsyncEnumerable<ProgressBatch> Watch(long sinceVersion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (long version = sinceVersion; !cancellationToken.IsCancellationRequested;)
        {
            Task changed = _changed.Next;
            ProgressBatch batch = await GetSince(version);
            if (batch.Runs.Count > 0)
            {
                version = batch.Version;
                yield return batch;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }
}
