using System.Text.Json;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>What Reference/volumes.py pins.</summary>
internal static class VolumeReference
{
    public static readonly Pins Pinned = JsonSerializer.Deserialize<Pins>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "volumes.json")), JsonSerializerOptions.Web)!;

    /// <summary>A source of files in memory, opened by the name of the first.</summary>
    public static VolumeSource Source(string name, IReadOnlyDictionary<string, byte[]> files) =>
        new(name, file => files.TryGetValue(file, out byte[]? bytes) ? new MemoryStream(bytes) : null);

    public static Volume Read(string name, IReadOnlyDictionary<string, byte[]> files)
    {
        using VolumeReader reader = VolumeFile.Open(Source(name, files));
        return reader.ReadAll();
    }

    public sealed record Pin(
        string Name,
        Dictionary<string, byte[]> Files,
        int[] Size,
        double[] Spacing,
        double[] Origin,
        double[] Direction,
        string ElementType,
        double[] Values)
    {
        public VolumeGeometry Geometry => new(
            new(Size[0], Size[1], Size[2]),
            new(Spacing[0], Spacing[1], Spacing[2]),
            new(Origin[0], Origin[1], Origin[2]),
            new(
                new(Direction[0], Direction[3], Direction[6]),
                new(Direction[1], Direction[4], Direction[7]),
                new(Direction[2], Direction[5], Direction[8])));
    }

    public sealed record Resampled(string Grid, bool Nearest, Pin Source, Pin Target);

    public sealed record Pins(Pin[] Volumes, Resampled[] Resampled);
}
