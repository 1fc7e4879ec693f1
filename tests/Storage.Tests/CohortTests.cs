using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Cohorts;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;
using AdvSeg.Storage.Retrying;

namespace AdvSeg.Storage.Tests;

public sealed class CohortTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FolderArtifactStore _disk;
    private readonly FaultyStore _remote;
    private readonly string _source;
    private readonly string _digest;

    public CohortTests()
    {
        _disk = new FolderArtifactStore(_folder.Under("store"), TimeProvider.System);
        _remote = new FaultyStore(_disk);
        _source = _folder.Under("source");
        _digest = WriteCohort(_source);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Patient => $"cohorts/{_digest}/patients/p1.advseg";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Upload_StoresTheCohortUnderItsDigest_AndASecondTimeSendsNothing()
    {
        Assert.Equal(_digest, await CohortTransfer.UploadAsync(_remote, _source, Cancellation));
        int writes = _remote.Done.Count(c => c.IsWrite);
        Assert.Equal(_digest, await CohortTransfer.UploadAsync(_remote, _source, Cancellation));

        Assert.Equal(writes, _remote.Done.Count(c => c.IsWrite));
        Assert.Equal(
            ["manifest.json", "patients/p0.advseg", "patients/p1.advseg", "patients/p2.advseg"],
            await _disk.ListAsync("", Cancellation).Select(info => info.Key[$"cohorts/{_digest}/".Length..]).ToListAsync(Cancellation));
        Assert.Equal(_digest, Digest.Of((await _disk.GetAsync(ArtifactKeys.CohortManifest(_digest), Cancellation))!.Data));
    }

    [Fact]
    public async Task InterruptedUpload_HasNoManifest_AndTheNextCompletesIt()
    {
        // Half of the third patient's file, and a store that fails at the fourth call: the manifest's.
        await _disk.PutAsync($"cohorts/{_digest}/patients/p2.advseg", new byte[10], Cancellation);
        File.Move(Path.Combine(_source, "patients", "p2.advseg"), Path.Combine(_source, "hidden"));
        await Assert.ThrowsAsync<SpecException>(() => CohortTransfer.UploadAsync(_remote, _source, Cancellation));
        Assert.False(await _disk.ExistsAsync(ArtifactKeys.CohortManifest(_digest), Cancellation));
        await Assert.ThrowsAsync<SpecException>(() => new CohortCache(_remote, _folder.Under("cache")).FolderAsync(_digest, Cancellation));

        File.Move(Path.Combine(_source, "hidden"), Path.Combine(_source, "patients", "p2.advseg"));
        await CohortTransfer.UploadAsync(_remote, _source, Cancellation);

        AssertWhole(await new CohortCache(_remote, _folder.Under("cache")).FolderAsync(_digest, Cancellation));
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("truncated")]
    [InlineData("changed")]
    public async Task DamagedPatientFile_IsRefusedNamingThePatient_AndTheCohortNotStored(string damage)
    {
        string path = Path.Combine(_source, "patients", "p1.advseg");
        Damage(path, damage);

        SpecException refused = await Assert.ThrowsAsync<SpecException>(() => CohortTransfer.UploadAsync(_remote, _source, Cancellation));

        Assert.Contains("patient p1", refused.Message, StringComparison.Ordinal);
        Assert.Contains("p1.advseg", refused.Message, StringComparison.Ordinal);
        Assert.False(await _disk.ExistsAsync(ArtifactKeys.CohortManifest(_digest), Cancellation));
    }

    [Theory]
    [InlineData("../../secret")]
    [InlineData("/etc/passwd")]
    [InlineData("manifest.json")]
    public async Task PatientFileOutsideTheCohort_IsRefused(string file)
    {
        CohortManifest manifest = ReadManifest(_source);
        WriteManifest(_source, manifest with { Patients = [manifest.Patients[0] with { File = file }] });

        SpecException refused = await Assert.ThrowsAsync<SpecException>(() => CohortTransfer.UploadAsync(_remote, _source, Cancellation));

        Assert.Contains($"'{file}'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FolderWithoutAManifest_IsRefused()
    {
        SpecException refused =
            await Assert.ThrowsAsync<SpecException>(() => CohortTransfer.UploadAsync(_remote, _folder.Under("store"), Cancellation));
        Assert.Contains("manifest.json", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConcurrentCallers_ShareOneDownload()
    {
        await CohortTransfer.UploadAsync(_remote, _source, Cancellation);
        int before = _remote.Calls;
        var cache = new CohortCache(_remote, _folder.Under("cache"));

        string[] folders = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => cache.FolderAsync(_digest, Cancellation)));

        AssertWhole(Assert.Single(folders.Distinct()));
        Assert.Equal(before + 4, _remote.Calls);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Under("cache", ".tmp")));

        // Another process, as it were, verifies what is there and asks the store nothing.
        Assert.Equal(folders[0], await new CohortCache(_remote, _folder.Under("cache")).FolderAsync(_digest, Cancellation));
        Assert.Equal(before + 4, _remote.Calls);
    }

    [Theory]
    [InlineData("missing", true)]
    [InlineData("truncated", true)]
    [InlineData("missing", false)]
    [InlineData("truncated", false)]
    [InlineData("changed", false)]
    public async Task DamagedCacheEntry_IsFetchedAgain(string damage, bool sameProcess)
    {
        await CohortTransfer.UploadAsync(_remote, _source, Cancellation);
        var cache = new CohortCache(_remote, _folder.Under("cache"));
        string folder = await cache.FolderAsync(_digest, Cancellation);
        Damage(Path.Combine(folder, "patients", "p1.advseg"), damage);

        AssertWhole(await (sameProcess ? cache : new CohortCache(_remote, _folder.Under("cache"))).FolderAsync(_digest, Cancellation));
    }

    [Fact]
    public async Task FailedDownload_LeavesNothing_AndTheNextCallTriesAgain()
    {
        await CohortTransfer.UploadAsync(_remote, _source, Cancellation);
        var cache = new CohortCache(_remote, _folder.Under("cache"));
        _remote.FailNext(1);
        await Assert.ThrowsAsync<ArtifactStoreException>(() => cache.FolderAsync(_digest, Cancellation));
        Assert.False(Directory.Exists(_folder.Under("cache", _digest)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Under("cache", ".tmp")));

        AssertWhole(await cache.FolderAsync(_digest, Cancellation));
    }

    [Fact]
    public async Task DamagedCohortInTheStore_IsAnErrorNamingThePatient_ForARemoteAndForAFolderStore()
    {
        await CohortTransfer.UploadAsync(_remote, _source, Cancellation);
        await _disk.PutAsync(Patient, new byte[7], Cancellation);

        foreach (IArtifactStore store in (IArtifactStore[])[_remote, _disk])
        {
            SpecException e = await Assert.ThrowsAsync<SpecException>(
                () => new CohortCache(store, _folder.Under("cache")).FolderAsync(_digest, Cancellation));
            Assert.Contains("patient p1", e.Message, StringComparison.Ordinal);
            Assert.Contains($"Delete cohorts/{_digest}/", e.Message, StringComparison.Ordinal);
        }

        await CohortTransfer.UploadAsync(_remote, _source, Cancellation);
        AssertWhole(await new CohortCache(_remote, _folder.Under("cache")).FolderAsync(_digest, Cancellation));
    }

    /// <summary>A link to itself is a file that is there and cannot be read, also by root.</summary>
    [Theory]
    [InlineData("patients/p1.advseg")]
    [InlineData("manifest.json")]
    public async Task CohortThatCannotBeReadNow_IsAFailureOfTheStore_AndNotDamaged(string file)
    {
        await CohortTransfer.UploadAsync(_disk, _source, Cancellation);
        var cache = new CohortCache(_disk, _folder.Under("cache"));
        string path = Path.Combine(_disk.Root, "cohorts", _digest, file);
        File.Move(path, path + "~");
        File.CreateSymbolicLink(path, path);

        var failure = await Assert.ThrowsAsync<ArtifactStoreException>(() => cache.FolderAsync(_digest, Cancellation));
        Assert.Contains(_disk.Root, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("damaged", failure.Message, StringComparison.Ordinal);
        File.Move(path + "~", path, overwrite: true);
        AssertWhole(await cache.FolderAsync(_digest, Cancellation));
    }

    [Fact]
    public async Task CohortInAFolderStore_IsUsedWhereItIs()
    {
        await CohortTransfer.UploadAsync(_disk, _source, Cancellation);
        var cache = new CohortCache(new RetryingArtifactStore(_disk, RetryPolicy.Brief, TimeProvider.System), _folder.Under("cache"));

        string folder = await cache.FolderAsync(_digest, Cancellation);

        Assert.Equal(_folder.Under("store", "cohorts", _digest), folder);
        AssertWhole(folder);
        Assert.False(Directory.Exists(_folder.Under("cache")));
    }

    [Fact]
    public async Task UnknownCohort_IsRefusedNamingIt()
    {
        foreach (IArtifactStore store in (IArtifactStore[])[_remote, _disk])
        {
            SpecException refused = await Assert.ThrowsAsync<SpecException>(
                () => new CohortCache(store, _folder.Under("cache")).FolderAsync(_digest, Cancellation));
            Assert.Contains(_digest, refused.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<SpecException>(() => new CohortCache(store, _folder.Under("cache")).FolderAsync("../x", Cancellation));
        }
    }

    private static void Damage(string path, string how)
    {
        byte[] data = File.ReadAllBytes(path);
        File.Delete(path);
        if (how != "missing")
        {
            data[3] ^= 1;
            File.WriteAllBytes(path, how == "truncated" ? data[..^1] : data);
        }
    }

    private static string WriteCohort(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "patients"));
        var patients = new List<CohortPatient>();
        for (int i = 0; i < 3; i++)
        {
            byte[] data = [.. Enumerable.Range(0, 1000 + i).Select(n => (byte)(n * (i + 3)))];
            File.WriteAllBytes(Path.Combine(folder, "patients", $"p{i}.advseg"), data);
            patients.Add(new CohortPatient($"p{i}", i > 0, 4, i, $"patients/p{i}.advseg", Digest.Of(data)));
        }

        var manifest =
            new CohortManifest { Description = "three", Channels = ["T2w", "ADC", "b1500"], Size = 32, PixelMillimetres = 0.5, Patients = patients };
        WriteManifest(folder, manifest);
        return manifest.ComputeDigest();
    }

    private static CohortManifest ReadManifest(string folder) =>
        CanonicalJson.Read<CohortManifest>(File.ReadAllBytes(Path.Combine(folder, CohortManifest.FileName)), folder);

    private static void WriteManifest(string folder, CohortManifest manifest) =>
        File.WriteAllBytes(Path.Combine(folder, CohortManifest.FileName), CanonicalJson.Write(manifest));

    private void AssertWhole(string folder)
    {
        foreach (string file in (string[])["manifest.json", "patients/p0.advseg", "patients/p1.advseg", "patients/p2.advseg"])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(_source, file)), File.ReadAllBytes(Path.Combine(folder, file)));
        }
    }
}
