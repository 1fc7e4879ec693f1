using System.Text;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;

namespace AdvSeg.Storage.Tests;

/// <summary>Real disks that refuse: full, read-only, closed to this user.</summary>
public sealed class FailingDiskTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FullDisk_SaysSo_DamagesNothing_AndWorksOnceSpaceIsFree()
    {
        using var disk = new MountedFolder("size=1m");
        using DataFolder folder = DataFolder.Open(disk.Path, TimeProvider.System);
        FolderArtifactStore store = folder.Store;
        await store.PutAsync("keep", Encoding.ASCII.GetBytes("old"), Cancellation);
        byte[] chunk = new byte[100_000];
        int stored = 0;
        ArtifactStoreException? full = null;
        for (; full is null; stored++)
        {
            full = await Record.ExceptionAsync(() => store.TryCreateAsync($"fill/{stored}", chunk, Cancellation)) as ArtifactStoreException;
            Assert.InRange(stored, 0, 11);
        }

        Assert.Contains("the disk is full", full.Message, StringComparison.Ordinal);
        Assert.Contains(disk.Path, full.Message, StringComparison.Ordinal);
        Assert.True(full.IsTransient);
        await Assert.ThrowsAsync<ArtifactStoreException>(() => store.PutAsync("keep", chunk, Cancellation));
        string etag = (await store.GetAsync("keep", Cancellation))!.ETag;
        await Assert.ThrowsAsync<ArtifactStoreException>(() => store.TryReplaceAsync("keep", chunk, etag, Cancellation));

        Assert.Equal("old", Encoding.ASCII.GetString((await store.GetAsync("keep", Cancellation))!.Data));
        Assert.False(await store.ExistsAsync($"fill/{stored - 1}", Cancellation));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(disk.Path, ".tmp")));
        List<ArtifactInfo> listed = await store.ListAsync("fill/", Cancellation).ToListAsync(Cancellation);
        Assert.Equal(stored - 1, listed.Count);
        Assert.All(listed, info => Assert.Equal(chunk.Length, info.Bytes));

        await store.DeleteAsync("fill/0", Cancellation);
        Assert.NotNull(await store.TryReplaceAsync("keep", chunk, etag, Cancellation));
    }

    [Fact]
    public async Task DiskWithoutInodes_IsNotCalledFull()
    {
        using var disk = new MountedFolder("size=10m,nr_inodes=12");
        using DataFolder folder = DataFolder.Open(disk.Path, TimeProvider.System);
        ArtifactStoreException? refused = null;
        for (int stored = 0; refused is null; stored++)
        {
            string key = $"{stored}";
            refused = await Record.ExceptionAsync(() => folder.Store.TryCreateAsync(key, new byte[1], Cancellation)) as ArtifactStoreException;
            Assert.InRange(stored, 0, 12);
        }

        Assert.Contains("no inodes left ('df -i')", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("full", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadOnlyMount_IsReadable_AndRefusesWritesWithTheReason()
    {
        using var disk = new MountedFolder("size=1m");
        var store = new FolderArtifactStore(disk.Path, TimeProvider.System);
        await store.PutAsync("k", Encoding.ASCII.GetBytes("x"), Cancellation);
        disk.Remount("ro");

        foreach (Func<Task> call in (Func<Task>[])
        [
            () => store.PutAsync("k", new byte[1], Cancellation),
            () => store.TryCreateAsync("new", new byte[1], Cancellation),
            () => store.DeleteAsync("k", Cancellation),
            () => Task.FromResult(DataFolder.Open(disk.Path, TimeProvider.System)),
            () => Task.FromResult(DataFolder.Open(Path.Combine(disk.Path, "new"), TimeProvider.System)),
        ])
        {
            ArtifactStoreException e = await Assert.ThrowsAsync<ArtifactStoreException>(call);
            Assert.Contains("mounted read-only", e.Message, StringComparison.Ordinal);
            Assert.Contains(disk.Path, e.Message, StringComparison.Ordinal);
            Assert.False(e.IsTransient);
        }

        Assert.Equal("x", Encoding.ASCII.GetString((await store.GetAsync("k", Cancellation))!.Data));
        disk.Remount("rw");
        await store.DeleteAsync("k", Cancellation);
    }

    [Fact]
    public async Task UnmountedDisk_IsAnError_AndNothingIsWrittenUnderItsMountPoint()
    {
        using var disk = new MountedFolder("size=1m");
        var store = new FolderArtifactStore(disk.Path, TimeProvider.System);
        await store.PutAsync("k", new byte[1], Cancellation);
        disk.Unmount();

        foreach (Func<Task> call in (Func<Task>[])[() => store.GetAsync("k", Cancellation), () => store.PutAsync("k", new byte[1], Cancellation)])
        {
            ArtifactStoreException e = await Assert.ThrowsAsync<ArtifactStoreException>(call);
            Assert.Contains("Mount the disk", e.Message, StringComparison.Ordinal);
            Assert.True(e.IsTransient);
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
    }

    [Fact]
    public void FolderOfAnotherUser_IsRefusedNamingThePermission()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
        {
            Assert.Skip("this user ignores permission bits");
            return;
        }

        using var folder = new TempFolder();
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        ArtifactStoreException e = Assert.Throws<ArtifactStoreException>(() => DataFolder.Open(folder.Path, TimeProvider.System));

        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.Contains("no permission", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PathThroughAFile_IsRefusedNamingIt()
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder.Under("file"), "");

        ArtifactStoreException e = Assert.Throws<ArtifactStoreException>(() => DataFolder.Open(folder.Under("file"), TimeProvider.System));

        Assert.Contains(folder.Under("file"), e.Message, StringComparison.Ordinal);
    }
}
