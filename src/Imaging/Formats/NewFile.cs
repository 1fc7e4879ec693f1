using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>A file that is written whole or not at all, and never over another.</summary>
internal static class NewFile
{
    /// <exception cref="VolumeException">A file of the name is there.</exception>
    public static void Write(string path, Action<Stream> fill)
    {
        if (Path.Exists(path))
        {
            throw new VolumeException(path, "is there already", "name a new file, or remove this one.");
        }

        bool isDone = false;
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        try
        {
            fill(file);
            file.Flush();
            isDone = true;
        }
        finally
        {
            if (!isDone)
            {
                File.Delete(path);
            }
        }
    }
}
