using AdvSeg.Core.Identity;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.UseCases.Cohorts;

namespace AdvSeg.UseCases.Retention;

/// <summary>What nobody needs any more: checkpoints of finished runs, runs that no sweep plans, uploads that nobody goes on with.</summary>
public static class UnneededArtifacts
{
    /// <param name="store">A store that no server uses.</param>
    /// <param name="limits">When an upload has expired.</param>
    /// <param name="clock">The moment.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="Core.Errors.SpecException">Something that must be known, a plan for one, cannot be read.</exception>
    public static async Task<Removal> FindAsync(IArtifactStore store, UploadLimits limits, TimeProvider clock, CancellationToken cancellationToken)
    {
        var resting = new RestingStore(store);
        QueueSnapshot queue = await resting.QueueAsync(cancellationToken);
        HashSet<string> needed = await resting.PlannedRunsAsync(but: null, cancellationToken);
        needed.UnionWith(queue.Leases.Select(l => l.Run));
        List<ArtifactInfo> checkpoints = [], unplanned = [];
        HashSet<string> finished = [], gone = [];
        foreach (IGrouping<RunId, ArtifactInfo> run in (await store.ListAsync(ArtifactKeys.RunsPrefix(""), cancellationToken)
            .ToListAsync(cancellationToken)).Where(i => ArtifactKeys.RunOf(i.Key) is not null).GroupBy(i => ArtifactKeys.RunOf(i.Key)!.Value))
        {
            if (!needed.Contains(run.Key.Value))
            {
                unplanned.AddRange(run);
                gone.Add(run.Key.Value);
                continue;
            }

            ArtifactInfo[] kept = [.. run.Where(i => AttemptKey.Parse(i.Key)?.CheckpointStep is not null)];
            if (kept.Length > 0 && run.Any(i => i.Key == ArtifactKeys.RunResult(run.Key))
                && await store.HasReadableResultAsync(run.Key, cancellationToken))
            {
                checkpoints.AddRange(kept);
                finished.Add(run.Key.Value);
            }
        }

        using var uploads = new OpenUploads(store, limits, clock);
        List<ExpiredUpload> expired = await uploads.FindExpiredAsync(cancellationToken).ToListAsync(cancellationToken);
        return Removal.Of(
        [
            new($"checkpoints of {finished.Count} finished run(s)", checkpoints),
            new($"{gone.Count} run(s) that no sweep plans", unplanned),
            new($"files of {expired.Count} upload(s) that nobody went on with", [.. expired.SelectMany(u => u.Files)]),
            new($"records of {expired.Count} upload(s) that nobody went on with", [.. expired.Select(u => u.Record)]),
        ]);
    }
}
