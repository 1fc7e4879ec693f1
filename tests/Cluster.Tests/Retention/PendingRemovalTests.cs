using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Storage.Folder;
using AdvSeg.UseCases.Retention;

namespace AdvSeg.Cluster.Tests.Retention;

/// <summary>A submission that was accepted and has not started yet is no sweep that has ended.</summary>
public sealed class PendingRemovalTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(PendingStage.Preparing, true)]
    [InlineData(PendingStage.Starting, true)]
    [InlineData(PendingStage.Refused, false)]
    public async Task Removal_OfASubmission_TakesARefusedOneAlone(PendingStage stage, bool refuses)
    {
        var store = new FolderArtifactStore(_folder.Path, TimeProvider.System);
        SweepSpec spec = TestSweep.Spec("pending");
        await store.CreateAsync(ArtifactKeys.PendingSweep(spec.Id()), new PendingSweep(spec, "") { Stage = stage });

        Task<Removal> find = SweepRemoval.FindAsync(store, spec.Id(), TestContext.Current.CancellationToken);

        if (refuses)
        {
            Assert.Contains("was accepted and waits for its start", (await Assert.ThrowsAsync<SpecException>(() => find)).Message);
        }
        else
        {
            Assert.Equal(1, (await find).Parts.Sum(p => p.Files.Count));
        }
    }
}
