using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>Volume files by their names: MetaImage and NIfTI.</summary>
public static class VolumeFile
{
    private const string Known = ".mha, .mhd, .nii, .nii.gz, .hdr and .img";
    private static readonly string[] MetaImageEndings = [".mha", ".mhd"];
    private static readonly string[] NiftiEndings = [".nii", ".nii.gz", ".hdr", ".img", ".hdr.gz", ".img.gz"];

    /// <summary>Opens a volume, to read its header and then its voxels plane by plane.</summary>
    /// <param name="path">The file; of a pair either.</param>
    /// <param name="volume">Which volume of a file of several, from 0.</param>
    /// <exception cref="VolumeException">It cannot be read.</exception>
    public static VolumeReader Open(string path, int? volume = null) => Open(VolumeSource.OnDisk(path), volume);

    /// <inheritdoc cref="Open(string, int?)"/>
    public static VolumeReader Open(VolumeSource source, int? volume = null)
    {
        string path = source.Path;
        if (Ends(path, MetaImageEndings))
        {
            return volume is null or 0 ? MetaImage.Open(source) : throw new VolumeException(path, $"has no volume {volume}", "it has one, 0.");
        }

        return Ends(path, NiftiEndings) ? Nifti.Open(source, volume) : throw Unknown(path);
    }

    /// <summary>A whole volume.</summary>
    /// <inheritdoc cref="Open(string, int?)"/>
    public static Volume Read(string path, int? volume = null)
    {
        using VolumeReader reader = Open(path, volume);
        return reader.ReadAll();
    }

    /// <summary>Writes a new file, or a pair of them, in the form that its name asks for: .mha, .mhd, .nii, .nii.gz or .hdr.</summary>
    /// <param name="path">Nothing is there yet.</param>
    /// <param name="volume">What to write.</param>
    /// <param name="isCompressed">MetaImage only; NIfTI is compressed where its name ends with .gz.</param>
    /// <exception cref="VolumeException">The form cannot hold the volume, or a file of the name is there.</exception>
    public static void Write(string path, Volume volume, bool isCompressed = true)
    {
        if (Ends(path, MetaImageEndings))
        {
            MetaImageWriter.Write(path, volume, isCompressed);
            return;
        }

        if (!Ends(path, ".nii", ".nii.gz", ".hdr"))
        {
            throw Unknown(path);
        }

        NiftiWriter.Write(path, volume);
    }

    /// <summary>The name is one that <see cref="Open(string, int?)"/> reads.</summary>
    public static bool IsKnown(string path) => Ends(path, MetaImageEndings) || Ends(path, NiftiEndings);

    /// <summary>The ending that says what a file is: ".nii.gz".</summary>
    /// <exception cref="VolumeException">It has none that is known.</exception>
    public static string EndingOf(string path) =>
        MetaImageEndings.Concat(NiftiEndings.OrderByDescending(ending => ending.Length))
            .FirstOrDefault(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) ?? throw Unknown(path);

    private static bool Ends(string path, params string[] endings) =>
        Array.Exists(endings, ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    private static VolumeException Unknown(string path) =>
        new(path, "is no volume file by its name", $"{Known} are read; of a DICOM series dcm2niix makes NIfTI.");
}
