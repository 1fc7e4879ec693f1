using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Folder;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Errors;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>How many uploads may be open, how large they may be, and when they are forgotten.</summary>
public sealed class OpenUploadTests : IDisposable
{
    private static readonly byte[] Data = [1, 2, 3];
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly FolderArtifactStore _store;

    public OpenUploadTests() => _store = new FolderArtifactStore(_folder.Path, _clock);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Upload_BesideAsManyAsMayBeOpen_WaitsUntilOneIsComplete()
    {
        using OpenUploads open = Open(new UploadLimits { Open = 1 });
        (CohortManifest first, CohortManifest second) = (Manifest("a", 3), Manifest("b", 3));
        await open.OpenAsync(first.ComputeDigest(), first, Cancellation);
        await open.OpenAsync(first.ComputeDigest(), first, Cancellation);

        NotYetException e = await Assert.ThrowsAsync<NotYetException>(() => open.OpenAsync(second.ComputeDigest(), second, Cancellation));
        Assert.Contains("takes 1 uploads", e.Message);

        await open.CloseAsync(first.ComputeDigest(), Cancellation);
        await open.OpenAsync(second.ComputeDigest(), second, Cancellation);
    }

    [Fact]
    public async Task Uploads_LargerTogetherThanTheyMayBe_WaitAndOneAloneIsRefused()
    {
        using OpenUploads open = Open(new UploadLimits { Gibibytes = 1 });
        (CohortManifest most, CohortManifest little, CohortManifest large) = (Manifest("a", 70), Manifest("b", 20), Manifest("c", 100));
        await open.OpenAsync(most.ComputeDigest(), most, Cancellation);

        await Assert.ThrowsAsync<NotYetException>(() => open.OpenAsync(little.ComputeDigest(), little, Cancellation));
        await Assert.ThrowsAsync<SpecException>(() => open.OpenAsync(large.ComputeDigest(), large, Cancellation));
    }

    [Fact]
    public async Task Upload_ForWhichNothingIsSentForLong_IsRemovedWithItsFilesAndACohortStays()
    {
        using OpenUploads open = Open(new UploadLimits());
        var uploads = new CohortUploads(_store, open);
        (CohortManifest whole, CohortManifest half, CohortManifest late) = (Manifest("a", 3), Manifest("b", 3), Manifest("c", 3));
        foreach (CohortManifest manifest in new[] { whole, half, late })
        {
            await uploads.OpenAsync(manifest.ComputeDigest(), CanonicalJson.Write(manifest), Cancellation);
            await uploads.PutAsync(manifest.ComputeDigest(), manifest.Patients[0].File, new MemoryStream(Data), _ => { }, Cancellation);
        }

        await uploads.CommitAsync(whole.ComputeDigest(), CanonicalJson.Write(whole), Cancellation);
        _clock.Advance(TimeSpan.FromHours(23));
        await uploads.OpenAsync(late.ComputeDigest(), CanonicalJson.Write(late), Cancellation);
        _clock.Advance(TimeSpan.FromHours(2));

        Assert.Equal([half.ComputeDigest()], await open.RemoveExpiredAsync(Cancellation));

        List<string> keys = await _store.ListAsync("", Cancellation).Select(i => i.Key).ToListAsync(Cancellation);
        Assert.DoesNotContain(keys, k => k.Contains(half.ComputeDigest(), StringComparison.Ordinal));
        Assert.Contains(ArtifactKeys.CohortManifest(whole.ComputeDigest()).Value, keys);
        Assert.Contains($"{ArtifactKeys.CohortPrefix(late.ComputeDigest())}{late.Patients[0].File}", keys);
    }

    [Fact]
    public async Task File_WithOtherBytesThanTheManifestSays_IsMissingOnceTheCommitHasNamedIt()
    {
        using OpenUploads open = Open(new UploadLimits());
        var uploads = new CohortUploads(_store, open);
        CohortManifest manifest = Manifest("a", 3);
        string digest = manifest.ComputeDigest(), file = manifest.Patients[0].File;
        byte[] json = CanonicalJson.Write(manifest);
        await uploads.OpenAsync(digest, json, Cancellation);
        await _store.PutAsync(ArtifactKeys.CohortPrefix(digest) + file, new byte[] { 9 }, Cancellation);

        SpecException e = await Assert.ThrowsAsync<SpecException>(() => uploads.CommitAsync(digest, json, Cancellation));

        Assert.Contains($"{file} is not the file of that digest", e.Message);
        Assert.Equal([file], (await uploads.OpenAsync(digest, json, Cancellation)).Missing);
        await uploads.PutAsync(digest, file, new MemoryStream(Data), _ => { }, Cancellation);
        await uploads.CommitAsync(digest, json, Cancellation);
        Assert.True((await uploads.OpenAsync(digest, json, Cancellation)).Complete);
    }

    /// <summary>Begun again in the moment in which it is found expired.</summary>
    [Fact]
    public async Task Upload_BegunAgainWhileItExpires_StaysOrBeginsAnewButLosesNoFileThatItSaysIsThere()
    {
        using OpenUploads open = Open(new UploadLimits());
        var uploads = new CohortUploads(_store, open);
        CohortManifest manifest = Manifest("a", 3);
        string digest = manifest.ComputeDigest();
        byte[] json = CanonicalJson.Write(manifest);
        for (int round = 0; round < 20; round++)
        {
            await uploads.OpenAsync(digest, json, Cancellation);
            await uploads.PutAsync(digest, manifest.Patients[0].File, new MemoryStream(Data), _ => { }, Cancellation);
            _clock.Advance(TimeSpan.FromHours(25));

            Task<UploadState> begun = Task.Run(() => uploads.OpenAsync(digest, json, Cancellation));
            await Task.WhenAll(begun, Task.Run(() => open.RemoveExpiredAsync(Cancellation)));

            // What was said to be there is there, and the upload is open for the rest.
            bool isThere = await _store.ExistsAsync(ArtifactKeys.CohortPrefix(digest) + manifest.Patients[0].File, Cancellation);
            Assert.Equal((await begun).Missing.Count == 0, isThere);
            await open.GetAsync(digest, Cancellation);
        }
    }

    [Fact]
    public async Task File_ThatArrivesForAnUploadThatWasGivenUpMeanwhile_IsRefusedAndLeavesNothing()
    {
        using OpenUploads open = Open(new UploadLimits());
        var uploads = new CohortUploads(_store, open);
        CohortManifest manifest = Manifest("a", 3);
        string digest = manifest.ComputeDigest();
        await uploads.OpenAsync(digest, CanonicalJson.Write(manifest), Cancellation);

        await Assert.ThrowsAsync<NotFoundException>(
            () => uploads.PutAsync(digest, manifest.Patients[0].File, new MemoryStream(Data), GiveUp, Cancellation));

        Assert.Empty(await _store.ListAsync("", Cancellation).ToListAsync(Cancellation));

        void GiveUp(long expected) => open.CloseAsync(digest, Cancellation).GetAwaiter().GetResult();
    }

    public void Dispose() => _folder.Dispose();

    private OpenUploads Open(UploadLimits limits) => new(_store, limits, _clock);

    private static CohortManifest Manifest(string id, int slices) => new()
    {
        Description = id,
        Channels = CohortLayout.Paper.Channels,
        Size = 1024,
        PixelMillimetres = 1,
        Patients = [new CohortPatient(id, true, slices, 1, $"patients/{id}.advseg", Digest.Of(Data))],
    };
}
