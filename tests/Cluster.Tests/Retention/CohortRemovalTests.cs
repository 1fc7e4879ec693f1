using AdvSeg.Cluster.Tests.Damage;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Storage.Cohorts;
using AdvSeg.Storage.Folder;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Retention;

namespace AdvSeg.Cluster.Tests.Retention;

/// <summary>A cohort that is removed from a store: nothing of it stays, and none goes that a sweep uses.</summary>
[Collection(FinishedFolder.Collection)]
public sealed class CohortRemovalTests(FinishedFolder finished)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Removal_OfACohortThatNoSweepUses_LeavesNothingOfIt()
    {
        using var folder = new TempFolder();
        var store = new FolderArtifactStore(folder.Under("store"), TimeProvider.System);
        Phantom.RenderTo(folder.Under("cohort"), new PhantomCohort(2, 1, 32, 5), null, Cancel);
        string digest = await CohortTransfer.UploadAsync(store, folder.Under("cohort"), Cancel);
        await store.PutAsync(ArtifactKeys.Phantom(new string('a', 64)), System.Text.Encoding.ASCII.GetBytes(digest), Cancel);
        await store.PutAsync(ArtifactKeys.Phantom(new string('b', 64)), System.Text.Encoding.ASCII.GetBytes(new string('c', 64)), Cancel);

        Removal removal = await CohortRemoval.FindAsync(store, digest, Cancel);
        await removal.ExecuteAsync(store, Cancel);

        Assert.Equal([1, 3, 1], removal.Parts.Select(part => part.Files.Count));
        Assert.EndsWith("manifest.json", removal.Parts[0].Files[0].Key, StringComparison.Ordinal);
        ArtifactInfo left = Assert.Single(await store.ListAsync("", Cancel).ToListAsync(Cancel));
        Assert.Equal(ArtifactKeys.Phantom(new string('b', 64)), left.Key);
        Assert.Contains("there is no cohort", await RefusalAsync(store, digest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removal_OfACohortThatASweepUses_IsRefusedWithItsName()
    {
        using TempFolder folder = finished.Copy();
        var store = new FolderArtifactStore(folder.Path, TimeProvider.System);
        string digest = (await store.FindPlanAsync(new SweepId(finished.Damaged), Cancel))!.CohortDigest;

        string refusal = await RefusalAsync(store, digest);

        Assert.StartsWith($"cohort {digest} is used by ", refusal, StringComparison.Ordinal);
        Assert.Contains(finished.Damaged, refusal, StringComparison.Ordinal);
        Assert.Contains("advseg rm ", refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PendingStage.Preparing, true, false)]
    [InlineData(PendingStage.Refused, false, false)]
    [InlineData(PendingStage.Preparing, true, true)]
    public async Task Removal_OfACohortThatASubmissionWaitsFor_IsRefused(PendingStage stage, bool refuses, bool asPhantom)
    {
        using var folder = new TempFolder();
        var store = new FolderArtifactStore(folder.Under("store"), TimeProvider.System);
        var phantom = new PhantomCohort(1, 0, 32, 5);
        using var preparer = new CohortPreparer(store);
        string digest = await preparer.EnsureAsync(phantom, null, Cancel);
        SweepSpec spec = TestSweep.Spec("pending") with { Cohort = asPhantom ? phantom : new StoredCohort(digest) };
        await store.CreateAsync(ArtifactKeys.PendingSweep(spec.Id()), new PendingSweep(spec, "") { Stage = stage });

        if (refuses)
        {
            Assert.Contains($"is used by {spec.Id()}", await RefusalAsync(store, digest), StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(3, (await CohortRemoval.FindAsync(store, digest, Cancel)).Parts.Sum(part => part.Files.Count));
        }
    }

    private static async Task<string> RefusalAsync(IArtifactStore store, string digest) =>
        (await Assert.ThrowsAsync<SpecException>(() => CohortRemoval.FindAsync(store, digest, Cancel))).Message;
}
