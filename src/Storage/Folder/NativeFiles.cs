using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AdvSeg.Storage.Folder;

/// <summary>
/// What a durable store needs of a file system and .NET does not offer: an exclusive hard link, a rename that replaces, fsync of a
/// directory, and locks that end with their process. POSIX on Linux and macOS; the Windows calls are the nearest equivalents.
/// Every failure is an <see cref="IOException"/> whose HResult is the errno (POSIX) or the HRESULT (Windows), as .NET's own are.
/// </summary>
internal static partial class NativeFiles
{
    private const int Interrupted = 4; // EINTR
    private const int FileExists = 17; // EEXIST
    private const int LockExclusive = 2; // LOCK_EX
    private const int LockNonBlocking = 4; // LOCK_NB
    private const int OpenReadWrite = 2; // O_RDWR
    private const int ErrorAlreadyExists = 183;
    private const int SharingViolation = unchecked((int)0x80070020);
    private const uint MoveReplaceAndWriteThrough = 0x1 | 0x8;

    private static readonly int[] NoHardLinks = [1, 38, 45, 95]; // EPERM; ENOSYS; ENOTSUP on macOS and on Linux
    private static readonly int CloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000; // O_CLOEXEC
    private static readonly int WouldBlock = OperatingSystem.IsMacOS() ? 35 : 11; // EWOULDBLOCK

    /// <summary>Gives a complete file its final name. False when that name is taken; of two racing calls exactly one is true.</summary>
    public static bool TryLink(string from, string to)
    {
        if (OperatingSystem.IsWindows() ? CreateHardLink(to, from, 0) : Link(from, to) == 0)
        {
            return true;
        }

        int error = Marshal.GetLastPInvokeError();
        if (!OperatingSystem.IsWindows() && Array.IndexOf(NoHardLinks, error) >= 0)
        {
            throw new IOException(
                $"this file system has no hard links ({Marshal.GetPInvokeErrorMessage(error)}). Use ext4, xfs, btrfs, APFS or NFS.");
        }

        return error == (OperatingSystem.IsWindows() ? ErrorAlreadyExists : FileExists) ? false : throw Failure(error, to);
    }

    /// <summary>Gives a complete file its final name, atomically in place of what has it now.</summary>
    public static void Replace(string from, string to)
    {
        if (!(OperatingSystem.IsWindows() ? MoveFile(from, to, MoveReplaceAndWriteThrough) : Rename(from, to) == 0))
        {
            throw Failure(Marshal.GetLastPInvokeError(), to);
        }
    }

    /// <summary>
    /// Makes the names in a directory durable. One that is gone needs no flush: it was empty when it was removed. Windows journals names and has no
    /// such call.
    /// </summary>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            using SafeFileHandle directory = OpenDescriptor(path, 0);
            Sync(directory, path);
        }
        catch (IOException e) when (FolderFailure.IsNotFound(e))
        {
            // Nothing to keep.
        }
    }

    /// <summary>
    /// An exclusive lock on a file, created when absent; disposing the handle, or the end of the process however it comes, frees it.
    /// Null when <paramref name="wait"/> is false (on Windows: always) and another handle has the lock.
    /// </summary>
    public static SafeFileHandle? Lock(string path, bool wait)
    {
        if (OperatingSystem.IsWindows())
        {
            return LockOnWindows(path);
        }

        CreateIfAbsent(path);
        SafeFileHandle handle = OpenDescriptor(path, OpenReadWrite);
        while (Flock(handle, wait ? LockExclusive : LockExclusive | LockNonBlocking) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                handle.Dispose();
                return error == WouldBlock ? null : throw Failure(error, path);
            }
        }

        return handle;
    }

    /// <summary>A handle for reading what a locked file says; .NET's own call would ask for a lock and be refused.</summary>
    public static SafeFileHandle OpenLocked(string path) => OperatingSystem.IsWindows()
        ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)
        : OpenDescriptor(path, 0);

    private static SafeFileHandle? LockOnWindows(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        }
        catch (IOException e) when (e.HResult == SharingViolation)
        {
            return null;
        }
    }

    private static void Sync(SafeFileHandle directory, string path)
    {
        while (Sync(directory) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw Failure(error, path);
            }
        }
    }

    private static void CreateIfAbsent(string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        try
        {
            File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process created it first; all that matters is that it is there.
        }
    }

    private static SafeFileHandle OpenDescriptor(string path, int flags)
    {
        int descriptor = Open(path, flags | CloseOnExec);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure(Marshal.GetLastPInvokeError(), path);
    }

    private static IOException Failure(int error, string path) => OperatingSystem.IsWindows()
        ? new IOException($"{new Win32Exception(error).Message}: '{path}'", unchecked((int)0x80070000 | error))
        : new IOException($"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'", error);

    /// <summary>For people: a user that is in no list of users has only a number.</summary>
    public static string UserName() =>
        Environment.UserName is { Length: > 0 } name ? name : OperatingSystem.IsWindows() ? "unnamed" : $"number {EffectiveUser()}";

    /// <summary>
    /// Whether the path's file system limits the number of files and is at that limit. A write that failed has given back one or two files
    /// since, so these do not count as room. Known on Linux alone.
    /// </summary>
    public static bool HasNoInodes(string path)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return false;
        }

        // struct statvfs begins with 64-bit numbers: bsize, frsize, blocks, bfree, bavail, files, ffree, favail.
        const int Files = 5, FilesLeft = 7, Room = 64, GivenBack = 2;
        ulong[] answer = new ulong[Room];
        return Statistics(path, answer) == 0 && answer[Files] > 0 && answer[FilesLeft] <= GivenBack;
    }

    [LibraryImport("libc", EntryPoint = "statvfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statistics(string path, [In, Out] ulong[] answer);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);

    // Never with O_CREAT: its third argument is variadic, which macOS on ARM passes differently.
    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string newName, string existing, nint security);

    [LibraryImport("kernel32", EntryPoint = "MoveFileExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool MoveFile(string from, string to, uint flags);
}
