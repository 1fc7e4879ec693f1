using System.Text;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Grains;

namespace AdvSeg.Silo.Worker;

/// <summary>
/// What one attempt reads and writes in the store, from its own training thread. It writes only under its own prefix, and the run's
/// spec and result, if absent. A wait for the store ends when the attempt is abandoned.
/// </summary>
public sealed class AttemptFiles(IArtifactStore store, RunId run, long attempt, CancellationToken abandoned)
{
    private const int CheckpointsKept = 2;
    private readonly Queue<string> _own = [];

    /// <summary>What a stored cohort holds of every slice.</summary>
    /// <exception cref="SpecException">The cohort is not in the store, or not readable.</exception>
    public CohortLayout LayoutOf(string cohort) =>
        Wait(store.RequireAsync(ArtifactKeys.CohortManifest(cohort), "vanished from the store; submit the sweep again.", abandoned)).Layout;

    public bool HasResult() => Wait(store.ExistsAsync(ArtifactKeys.RunResult(run), abandoned));

    public void PutSpec(RunSpec spec) => Wait(store.CreateAsync(ArtifactKeys.RunSpec(run), spec, abandoned));

    /// <summary>First writer wins: a result that is already there stands, and false is returned.</summary>
    public bool PutResult(RunResult result) => Wait(store.CreateAsync(ArtifactKeys.RunResult(run), result, abandoned));

    public ArtifactReference PutLog(AttemptLog log) => Wait(PutLogAsync(log));

    public void PutMetrics(IReadOnlyList<MetricPoint> points) => Wait(PutMetricsAsync(points));

    /// <summary>Stores what the result names, and the metrics that are left, side by side: a store takes many files as fast as one.</summary>
    /// <returns>The outputs in their order, then the log.</returns>
    public IReadOnlyList<ArtifactReference> PutOutputs(IEnumerable<OutputFile> outputs, AttemptLog log, IReadOnlyList<MetricPoint> metrics)
    {
        Task rest = metrics.Count > 0 ? PutMetricsAsync(metrics) : Task.CompletedTask;
        Task<ArtifactReference>[] named =
            [.. outputs.Select(o => PutAsync(ArtifactKeys.Output(run, attempt, o.Name), o.Data)), PutLogAsync(log)];
        Wait(Task.WhenAll([rest, .. named]));
        return [.. named.Select(Wait)];
    }

    /// <summary>Stores a checkpoint, then deletes this attempt's older ones but one.</summary>
    public void PutCheckpoint(int step, byte[] data)
    {
        string key = ArtifactKeys.Checkpoint(run, attempt, step);
        Wait(store.PutAsync(key, data, abandoned));
        Failpoint.Reach(Failpoint.AfterCheckpointPut);
        if (!_own.Contains(key))
        {
            _own.Enqueue(key);
        }

        while (_own.Count > CheckpointsKept)
        {
            Wait(store.DeleteAsync(_own.Dequeue(), abandoned));
        }
    }

    /// <summary>
    /// The newest checkpoint over all attempts that the trainer can resume. One that vanishes while it is looked at was deleted by its
    /// own, still living, attempt: the list is read again.
    /// </summary>
    public StoredCheckpoint? NewestUsable(Func<byte[], string?> whyUnusable, Action<string> log)
    {
        HashSet<string> refused = [];
        while (true)
        {
            var candidates = Wait(ListCheckpointsAsync())
                .Where(c => !refused.Contains(c.Key)).OrderByDescending(c => c.Step).ThenByDescending(c => c.Attempt).ToList();
            if (candidates.Count == 0)
            {
                return null;
            }

            (string key, int step, long by) = candidates[0];
            if (Wait(store.GetAsync(key, abandoned)) is not { } artifact)
            {
                continue;
            }

            if (whyUnusable(artifact.Data) is not { } why)
            {
                return new StoredCheckpoint(step, by, artifact.Data);
            }

            log($"checkpoint of step {step}, attempt {by}, is not used: {why}");
            refused.Add(key);
        }
    }

    /// <summary>After the commit nobody resumes this run. A later attempt's checkpoints are its own to delete.</summary>
    public void DeleteCheckpoints()
    {
        foreach ((string key, _, long by) in Wait(ListCheckpointsAsync()))
        {
            if (by <= attempt)
            {
                Wait(store.DeleteAsync(key, abandoned));
            }
        }
    }

    private async Task<List<(string Key, int Step, long Attempt)>> ListCheckpointsAsync()
    {
        List<(string, int, long)> found = [];
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.AttemptsPrefix(run), abandoned))
        {
            if (AttemptKey.Parse(info.Key) is { CheckpointStep: { } step } key)
            {
                found.Add((info.Key, step, key.Attempt));
            }
        }

        return found;
    }

    private Task<ArtifactReference> PutLogAsync(AttemptLog log) => PutAsync(ArtifactKeys.Log(run, attempt), Encoding.UTF8.GetBytes(log.ToString()));

    private Task PutMetricsAsync(IReadOnlyList<MetricPoint> points)
    {
        byte[] lines = [.. points.SelectMany(p => CanonicalJson.Write(p).Append((byte)'\n'))];
        return PutAsync(ArtifactKeys.Metrics(run, attempt, points[0].Step, points[^1].Step), lines);
    }

    private async Task<ArtifactReference> PutAsync(string key, byte[] data)
    {
        await store.PutAsync(key, data, abandoned);
        return new ArtifactReference(key, Digest.Of(data), data.Length);
    }

    // Blocking is harmless: the training thread is the attempt's own and has nothing else to do.
    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static void Wait(Task task) => task.GetAwaiter().GetResult();
}
