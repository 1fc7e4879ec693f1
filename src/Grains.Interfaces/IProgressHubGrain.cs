using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;

namespace AdvSeg.Grains.Interfaces;

/// <summary>The newest progress of each running run of one sweep; key: <see cref="SweepId"/>. Memory only.</summary>
[Alias("advseg.progress-hub")]
public interface IProgressHubGrain : IGrainWithStringKey
{
    /// <summary>One worker's batch, about once a second.</summary>
    [Alias("Report")]
    Task Report(IReadOnlyList<RunProgress> batch);

    /// <summary>Everything newer than a version, at once; version 0 gives all.</summary>
    [Alias("GetSince")]
    Task<ProgressBatch> GetSince(long version);

    /// <summary>
    /// Batches as they come, starting with everything newer than <paramref name="sinceVersion"/>. Resubscribe with the last version seen.
    /// </summary>
    [Alias("Watch")]
    IAsyncEnumerable<ProgressBatch> Watch(long sinceVersion, CancellationToken cancellationToken);
}
