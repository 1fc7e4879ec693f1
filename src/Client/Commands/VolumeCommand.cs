using System.CommandLine;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Client.Commands;

/// <summary><c>volume</c>: look into files of medical images.</summary>
internal static class VolumeCommand
{
    private static readonly Argument<string> Path = new("FILE") { Description = "MetaImage (.mha, .mhd) or NIfTI (.nii, .nii.gz, .hdr, .img)." };

    private static readonly Option<string?> Onto = new("--onto")
    {
        Description = "Resample it onto the voxels of this file first, by where both lie in the patient.",
        HelpName = "T2W",
    };

    private static readonly Option<bool> Nearest =
        new("--nearest") { Description = "With --onto: the nearest voxel, for labels (default: trilinear)." };

    private static readonly Option<int?> Number =
        Shared.Ranged<int?>("--volume", "N", "Which volume of a NIfTI file that has several, from 0.", 0, VolumeLimits.MostVolumes);

    public static (Command Command, string Examples) Create()
    {
        var info = new Command("info", "Print a volume's geometry, statistics, label counts and digest.")
            { Path, Onto, Nearest, Number, Shared.Output };
        info.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(Path);
            (VolumeHeader header, VolumeFigures figures) = parsed.GetValue(Onto) is { } grid
                ? VolumeMeasure.Onto(path, parsed.GetValue(Number), grid, parsed.GetValue(Nearest) ? Interpolation.Nearest : Interpolation.Trilinear)
                : parsed.GetValue(Nearest)
                    ? throw new CommandException(ExitCode.Usage, "--nearest says how --onto resamples; give --onto T2W too.")
                    : VolumeMeasure.Of(path, parsed.GetValue(Number));
            VolumeInfo said = VolumeInfo.Of(header, figures);
            if (header.Geometry.IsSheared)
            {
                Terminal.Current.Say($"Warning: the axes are not perpendicular (the cosine of two is {header.Geometry.Shear:0.###}): a tilted "
                    + "gantry, or a header that is wrong. Imports and predict refuse such an image.");
            }

            if (parsed.GetValue(Shared.Output) == OutputFormat.Json)
            {
                Tables.WriteJson(said);
            }
            else
            {
                WriteTables(said);
            }

            return ExitCode.Ok;
        });
        var command = new Command("volume", "Look into files of medical images.") { info };
        return (command, "advseg volume info 10000_1000000_adc.mha --onto 10000_1000000_t2w.mha\nadvseg volume info labels.nii.gz -o json");
    }

    private static void WriteTables(VolumeInfo info)
    {
        static string Words(IEnumerable<double> numbers) => string.Join(' ', numbers.Select(n => $"{n:0.######}"));
        List<IReadOnlyList<string>> rows =
        [
            ["size", string.Join(" x ", info.Size)],
            ["spacing mm", Words(info.Spacing)],
            ["origin mm (LPS)", Words(info.Origin)],
            .. info.Direction.Chunk(3).Select((row, i) => (IReadOnlyList<string>)[i == 0 ? "direction" : "", Words(row)]),
            ["element type", info.ElementType],
            ["min, max", $"{info.Min}, {info.Max}"],
            ["mean, std", $"{info.Mean}, {info.Std}"],
            .. info.NotFinite is { } count ? (IReadOnlyList<string>[])[["not finite", $"{count} voxels"]] : [],
            .. info.Values?.Select(pair => (IReadOnlyList<string>)[$"value {pair.Key}", $"{pair.Value} voxels"]) ?? [],
            ["sha256", info.Sha256],
        ];
        Tables.Write(["WHAT", "VALUE"], rows);
        if (info is { Values: { Count: > 1 } values, PerSlice: { } slices })
        {
            Console.Out.WriteLine();
            Tables.Write(
                ["SLICE", .. values.Keys.Select(value => $"VALUE {value}")],
                slices.Select((slice, z) => (IReadOnlyList<string>)[$"{z}", .. values.Keys.Select(value => $"{slice.GetValueOrDefault(value)}")]));
        }
    }
}

/// <summary>What <c>volume info</c> prints.</summary>
/// <param name="Size">Voxels along x, y and z.</param>
/// <param name="Spacing">Along each axis, mm.</param>
/// <param name="Origin">Centre of the first voxel, mm, LPS.</param>
/// <param name="Direction">The direction matrix row by row; its columns are the axes.</param>
/// <param name="ElementType">As NumPy calls it.</param>
/// <param name="Min">Least of the finite values; Max, Mean and Std are of these too.</param>
/// <param name="Max">The same.</param>
/// <param name="Mean">The same.</param>
/// <param name="Std">Population standard deviation.</param>
/// <param name="NotFinite">Voxels that are NaN or infinite, where there are any.</param>
/// <param name="Values">Voxels of each value, of volumes of at most 16 whole numbers.</param>
/// <param name="PerSlice">The same of each slice.</param>
/// <param name="Sha256">Of the voxels.</param>
internal sealed record VolumeInfo(
    IReadOnlyList<int> Size,
    IReadOnlyList<double> Spacing,
    IReadOnlyList<double> Origin,
    IReadOnlyList<double> Direction,
    string ElementType,
    object? Min,
    object? Max,
    double? Mean,
    double? Std,
    long? NotFinite,
    IReadOnlyDictionary<long, long>? Values,
    IReadOnlyList<IReadOnlyDictionary<long, long>>? PerSlice,
    string Sha256)
{
    public static VolumeInfo Of(VolumeHeader header, VolumeFigures figures)
    {
        VolumeGeometry geometry = header.Geometry;
        return new VolumeInfo(
            [geometry.Size.X, geometry.Size.Y, geometry.Size.Z],
            [geometry.Spacing.X, geometry.Spacing.Y, geometry.Spacing.Z],
            [geometry.Origin.X, geometry.Origin.Y, geometry.Origin.Z],
            geometry.Direction.Rows(),
            header.ElementType.Name(),
            figures.ExactMin is { } least ? least : figures.Min,
            figures.ExactMax is { } most ? most : figures.Max,
            figures.Mean,
            figures.Std,
            figures.NotFinite == 0 ? null : figures.NotFinite,
            figures.Values,
            figures.PerSlice,
            figures.Sha256);
    }
}
