using AdvSeg.Storage.Contract;

namespace AdvSeg.Storage.Folder;

/// <summary>Says in words, with the remedy, why a file system refused.</summary>
internal static class FolderFailure
{
    // errno values shared by Linux and macOS, and the two that differ.
    private const int NotPermitted = 1, NotFound = 2, InputOutput = 5, NoAccess = 13, NoSpace = 28, ReadOnly = 30;
    private const int QuotaLinux = 122, QuotaMac = 69, StaleLinux = 116, StaleMac = 70;
    private const int DiskFullWindows = unchecked((int)0x80070070);

    public static bool Is(Exception e) => e is UnauthorizedAccessException or (IOException and not ArtifactStoreException);

    public static bool IsNotFound(IOException e) => e is DirectoryNotFoundException || e.HResult == NotFound;

    /// <param name="e">What the file system said.</param>
    /// <param name="action">What was being done: "create 'runs/x/result.json'".</param>
    /// <param name="root">The store's folder.</param>
    public static ArtifactStoreException Of(Exception e, string action, string root)
    {
        (string reason, bool transient) = Explain(e, root);
        return new ArtifactStoreException($"Cannot {action} in {root}: {reason}", transient, e);
    }

    private static (string Reason, bool IsTransient) Explain(Exception e, string root) => Code(e) switch
    {
        NoSpace or QuotaLinux or QuotaMac or DiskFullWindows =>
            ($"{NoSpaceOn(root)} Nothing stored is damaged.", true),
        ReadOnly => ("the file system is mounted read-only. Remount it for writing or use another folder.", false),
        _ when e is UnauthorizedAccessException || Code(e) is NotPermitted or NoAccess =>
            ($"this user ({NativeFiles.UserName()}) has no permission. Change the folder's owner or mode, or use another.", false),
        StaleLinux or StaleMac or InputOutput => ($"the disk or the network share failed ({e.Message}). Check the mount and the system log.", true),
        _ when e is IOException missing && IsNotFound(missing) && !Directory.Exists(FolderArtifactStore.TemporaryFolder(root)) =>
            ("the store's folders are gone. Mount the disk again, or restart to begin an empty store.", true),
        _ => (e.Message, false),
    };

    private static string NoSpaceOn(string root) => NativeFiles.HasNoInodes(root)
        ? "the disk has no inodes left ('df -i'). Remove files there."
        : "the disk is full or its quota is used up. Free space there.";

    private static int Code(Exception e) => e is UnauthorizedAccessException { InnerException: IOException inner } ? inner.HResult : e.HResult;
}
