using System.Globalization;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Formats;

namespace AdvSeg.Imaging.Imports;

/// <summary>The images of one examination, by channel.</summary>
public sealed record StudyImages(string Name, IReadOnlyList<ChannelFile> Images);

/// <summary>
/// Examinations without labels in a folder and those below it: NAME_0000, NAME_0001, ... as nnU-Net names them, or NAME_CHANNEL, where a channel
/// is its name in lower case and PI-CAI's kinds (t2w, adc, hbv) are the paper's channels.
/// </summary>
public static class StudyFolder
{
    private static readonly string[] Endings = [".nii.gz", ".nii", ".mha", ".mhd"];

    /// <param name="folder">Where they lie.</param>
    /// <param name="channels">Those of the model, in its order.</param>
    /// <exception cref="SpecException">There are none, one lacks an image, or one has an image twice.</exception>
    public static IReadOnlyList<StudyImages> Find(string folder, IReadOnlyList<string> channels)
    {
        if (!Directory.Exists(folder))
        {
            throw new SpecException($"There is no folder {folder}; name that of the studies.");
        }

        var studies =
            from path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            let found = NameOf(Path.GetFileName(path), channels)
            where found is not null
            group (found.Value.Channel, path) by found.Value.Name into files
            orderby files.Key
            select MakeStudy(files.Key, [.. files], channels);
        StudyImages[] all = [.. studies];
        return all.Length > 0 ? all : throw new SpecException(
            $"{folder} holds no study: files are NAME_0000.nii.gz and so on in the order {string.Join(", ", channels)}, or NAME_CHANNEL.mha "
                + $"with {string.Join(", ", channels.Select(channel => KindsOf(channel)[0]))}.");
    }

    private static StudyImages MakeStudy(string name, (int Channel, string Path)[] files, IReadOnlyList<string> channels) => new(
        name,
        [.. channels.Select((channel, i) => files.Where(file => file.Channel == i).ToArray() switch
        {
            [var one] => new ChannelFile(channel, one.Path),
            [] => throw new SpecException($"Study {name} has no {channel} image beside {files[0].Path}; add it, or move the study away."),
            [var one, var other, ..] => throw new SpecException(
                $"Study {name} has the {channel} image twice, {one.Path} and {other.Path}; remove one."),
        })]);

    /// <summary>Notes of macOS begin with "._". Null: no image of these channels.</summary>
    private static (string Name, int Channel)? NameOf(string file, IReadOnlyList<string> channels)
    {
        string? ending = Array.Find(Endings, e => file.EndsWith(e, StringComparison.OrdinalIgnoreCase));
        int at = ending is null ? -1 : file[..^ending.Length].LastIndexOf('_');
        if (at < 1 || file.StartsWith("._", StringComparison.Ordinal) || !VolumeFile.IsKnown(file))
        {
            return null;
        }

        string kind = file[(at + 1)..^ending!.Length];
        int channel = kind.Length == 4 && int.TryParse(kind, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : channels.TakeWhile(c => !KindsOf(c).Contains(kind, StringComparer.OrdinalIgnoreCase)).Count();
        return channel < channels.Count ? (file[..at], channel) : null;
    }

    private static string[] KindsOf(string channel) =>
        CohortLayout.Paper.Channels.Zip(PicaiFolder.PaperKinds).FirstOrDefault(pair => pair.First == channel).Second is { } kind
            ? [kind, channel]
            : [channel];
}
