using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>A volume file and those beside it: some formats keep header and voxels apart.</summary>
/// <param name="path">The file that was named, for messages too.</param>
/// <param name="open">Opens a file by its path for reading and seeking; null when there is none.</param>
public sealed class VolumeSource(string path, Func<string, Stream?> open)
{
    private const int LongestMark = 64;

    public string Path => path;

    /// <summary>Files of this machine.</summary>
    public static VolumeSource OnDisk(string path) => new(path, OpenOnDisk);

    /// <summary>The file itself, or the one that is its header.</summary>
    /// <exception cref="VolumeException">It is not there, empty, or a pointer to a file that is stored elsewhere.</exception>
    public Stream Open(string file) =>
        Checked(file, open(file) ?? throw new VolumeException(file, "is not there", "check the path."));

    /// <summary>The file of the voxels beside their header.</summary>
    /// <inheritdoc cref="Open" path="/exception"/>
    public Stream OpenVoxels(string file) => Checked(file, open(file) ?? throw new VolumeException(
        path, $"is a header, and the file of its voxels, {file}, is not there",
        "bring both into one folder, under the names that they were made with."));

    private static Stream Checked(string file, Stream stream)
    {
        try
        {
            RefuseStandIns(file, stream);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public bool Has(string file)
    {
        using Stream? stream = open(file);
        return stream is not null;
    }

    /// <summary>The path of a file in the same folder.</summary>
    public string Beside(string name) => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path) ?? "", name);

    private static FileStream? OpenOnDisk(string file)
    {
        if (Directory.Exists(file))
        {
            throw new VolumeException(file, "is a folder", "name a volume file in it.");
        }

        if (!File.Exists(file))
        {
            return null;
        }

        // A pipe or a device has no length either, and opening one would wait for whoever writes into it.
        if (new FileInfo(File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file).Length == 0)
        {
            throw new VolumeException(file, "is empty, or no ordinary file", "fetch it again.");
        }

        return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
    }

    private static void RefuseStandIns(string file, Stream stream)
    {
        Span<byte> mark = stackalloc byte[LongestMark];
        int count = stream.ReadAtLeast(mark, mark.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        if (count == 0)
        {
            throw new VolumeException(file, "is empty", "fetch it again.");
        }

        if (mark[..count].StartsWith("version https://git-lfs"u8))
        {
            throw new VolumeException(file, "is a git-LFS pointer, not the file itself", "run 'git lfs pull' in its repository.");
        }
    }
}
