using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Folder;
using AdvSeg.Storage.Tests;
using AdvSeg.UseCases.Cohorts;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>Two servers over one store: what one does to an upload while the other completes it.</summary>
public sealed class TwoServersUploadTests : IDisposable
{
    private static readonly byte[] Data = [1, 2, 3];
    private static readonly CohortManifest Cohort = new()
    {
        Description = "two servers",
        Channels = CohortLayout.Paper.Channels,
        Size = 64,
        PixelMillimetres = 1,
        Patients = [.. new[] { "a", "b" }.Select(id => new CohortPatient(id, true, 3, 1, $"patients/{id}.advseg", Digest.Of(Data)))],
    };

    private static readonly string Id = Cohort.ComputeDigest();
    private static readonly byte[] Json = CanonicalJson.Write(Cohort);
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly FolderArtifactStore _disk;
    private readonly FaultyStore _store;
    private readonly OpenUploads _hereOpen, _thereOpen;
    private readonly CohortUploads _here, _there;

    public TwoServersUploadTests()
    {
        _disk = new FolderArtifactStore(_folder.Path, _clock);
        _store = new FaultyStore(_disk);
        _hereOpen = new OpenUploads(_store, new UploadLimits(), _clock);
        _thereOpen = new OpenUploads(_disk, new UploadLimits(), _clock);
        _here = new CohortUploads(_store, _hereOpen);
        _there = new CohortUploads(_disk, _thereOpen);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _hereOpen.Dispose();
        _thereOpen.Dispose();
        _folder.Dispose();
    }

    /// <summary>The other server completes it at the last moment before the first file goes.</summary>
    [Fact]
    public async Task Removal_OfAnUploadThatTheOtherServerCompletesMeanwhile_StopsBeforeTheNextFile()
    {
        await SendAsync(Cohort.Patients);
        _clock.Advance(TimeSpan.FromHours(25));
        int looks = 0;
        _store.Rule = async call =>
        {
            // Two looks find it expired; the third is that before the first file.
            bool isLast = call.Action == "delete" || (call.Action == "exists" && ++looks == 3);
            if (isLast && !await _disk.ExistsAsync(ArtifactKeys.CohortManifest(Id), Cancellation))
            {
                await _there.CommitAsync(Id, Json, Cancellation);
            }

            return CallFault.None;
        };

        Assert.Empty(await _hereOpen.RemoveExpiredAsync(Cancellation));

        Assert.Equal(2 + 1, await _disk.ListAsync(ArtifactKeys.CohortPrefix(Id), Cancellation).CountAsync(Cancellation));
    }

    [Fact]
    public async Task Commit_WhoseFilesTheOtherServerRemovesMeanwhile_IsRefusedAndLeavesNoCohort()
    {
        await SendAsync(Cohort.Patients);
        string gone = Cohort.Patients[1].File;
        _store.Rule = async call =>
        {
            if (call.Action == "create")
            {
                await _disk.DeleteAsync(ArtifactKeys.CohortPrefix(Id) + gone, Cancellation);
            }

            return CallFault.None;
        };

        SpecException e = await Assert.ThrowsAsync<SpecException>(() => _here.CommitAsync(Id, Json, Cancellation));

        Assert.Contains($"{gone} is missing", e.Message);
        UploadState state = await _there.OpenAsync(Id, Json, Cancellation);
        Assert.Equal((false, gone), (state.Complete, Assert.Single(state.Missing)));
        await SendAsync(Cohort.Patients);
        await _there.CommitAsync(Id, Json, Cancellation);
        Assert.True((await _here.OpenAsync(Id, Json, Cancellation)).Complete);
    }

    /// <summary>The file comes, and the cohort is completed, right after it was found missing.</summary>
    [Fact]
    public async Task Commit_BeforeAFileThatIsSentToTheOtherServer_DoesNotRemoveIt()
    {
        await SendAsync([Cohort.Patients[0]]);
        _store.Rule = async call =>
        {
            if (call.Action == "delete")
            {
                await SendAsync([Cohort.Patients[1]]);
                await _there.CommitAsync(Id, Json, Cancellation);
            }

            return CallFault.None;
        };

        SpecException e = await Assert.ThrowsAsync<SpecException>(() => _here.CommitAsync(Id, Json, Cancellation));

        Assert.Contains($"{Cohort.Patients[1].File} is missing", e.Message);
        Assert.DoesNotContain(_store.Done, c => c.Action == "delete");
    }

    /// <summary>The right file comes in the place of a wrong one, and the cohort is completed, right after the wrong one was read.</summary>
    [Fact]
    public async Task Commit_OfAWrongFileThatTheOtherServerReplacesMeanwhile_DoesNotRemoveIt()
    {
        await SendAsync([Cohort.Patients[0]]);
        string file = ArtifactKeys.CohortPrefix(Id) + Cohort.Patients[1].File;
        await _disk.PutAsync(file, new byte[] { 9 }, Cancellation);
        int looks = 0;
        _store.Rule = async call =>
        {
            if (call.Action == "delete" || (call.Action == "exists" && ++looks == 2))
            {
                await SendAsync([Cohort.Patients[1]]);
                await _there.CommitAsync(Id, Json, Cancellation);
            }

            return CallFault.None;
        };

        await Assert.ThrowsAsync<SpecException>(() => _here.CommitAsync(Id, Json, Cancellation));

        Assert.Equal(Data, (await _disk.GetAsync(file, Cancellation))?.Data);
    }

    private async Task SendAsync(IEnumerable<CohortPatient> patients)
    {
        await _there.OpenAsync(Id, Json, Cancellation);
        foreach (CohortPatient patient in patients)
        {
            await _there.PutAsync(Id, patient.File, new MemoryStream(Data), _ => { }, Cancellation);
        }
    }
}
