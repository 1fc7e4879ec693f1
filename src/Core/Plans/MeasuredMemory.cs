using System.Text.Json;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Plans;

/// <summary>What trainings in one process take of a device's memory, as <c>eng/gpu run</c> measured it: how many fit beside each other.</summary>
/// <param name="Entries">By precision and size.</param>
/// <param name="Megabytes">Memory of the GPU that was measured; null: a CPU.</param>
public sealed record MeasuredMemory(IReadOnlyList<MeasuredMemory.Entry> Entries, double? Megabytes)
{
    /// <summary>The share that runs may take: the rest is for other programs, and for what the library needs now and then.</summary>
    private const double Usable = 0.95;

    /// <summary>
    /// Memory of one more image or class map, as a share of the memory of one more channel of S's width, of which all levels hold maps. Measured as
    /// 0.22 with 17 planes more than the paper's, at 320 x 320 on a CPU.
    /// </summary>
    private const double PlaneShare = 0.25;

    /// <summary>Memory of adversarial training at one size: of all schemes it takes the most.</summary>
    /// <param name="Precision">As in numerics: fp32, tf32 or bf16.</param>
    /// <param name="Size">See <see cref="SizeOf"/>.</param>
    /// <param name="First">Megabytes of a process with one run.</param>
    /// <param name="Further">Megabytes of each further run.</param>
    public sealed record Entry(string Precision, double Size, double First, double Further);

    /// <summary>Values of one map at full resolution, over a batch: what a training's memory grows with.</summary>
    /// <param name="protocol">Its batch and crop.</param>
    /// <param name="segmentor">Its width.</param>
    /// <param name="layout">The cohort's layout; the paper's was measured. Fewer planes than the paper's count as many, which adds little.</param>
    public static double SizeOf(TrainingProtocol protocol, SegmentorSpec segmentor, CohortLayout layout) =>
        (double)protocol.BatchSize * protocol.CropSize * protocol.CropSize
            * (segmentor.Width + (PlaneShare * Math.Max(0, layout.Planes - CohortLayout.Paper.Planes)));

    /// <summary>
    /// Runs of a size that fit beside each other, at least 1; null when nothing was measured in this precision. The smallest measured size that is
    /// not below it stands for it. For a size above all measured ones, the memory of the largest is scaled by size.
    /// </summary>
    public int? Fitting(double size, Precision precision, double megabytes)
    {
        Entry[] measured = [.. Entries.Where(entry => entry.Precision == Kebab.Of(precision)).OrderBy(entry => entry.Size)];
        if (measured.Length == 0)
        {
            return null;
        }

        Entry entry = measured.FirstOrDefault(e => e.Size >= size) ?? measured[^1];
        double further = entry.Further * Math.Max(1, size / entry.Size);
        double first = entry.First - entry.Further + further;
        return 1 + (int)Math.Clamp(((Usable * megabytes) - first) / further, 0, 1_000);
    }

    /// <summary>Reads results.json of <c>eng/gpu run</c>; null: its part about memory was not done.</summary>
    /// <exception cref="SpecException">It is no such file.</exception>
    public static MeasuredMemory? Read(ReadOnlyMemory<byte> json, string source)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement[] parts = [.. document.RootElement.GetProperty("parts").EnumerateArray()];
            JsonElement? table = Find(parts, "memory", "table");
            Entry[] entries =
            [
                .. from row in table?.EnumerateArray().ToArray() ?? []
                   let entry = row.Deserialize<Entry>(JsonSerializerOptions.Web)
                   where entry is { Size: > 0, Further: > 0 }
                   select entry,
            ];
            return entries.Length == 0 ? null : new MeasuredMemory(entries, Find(parts, "doctor", "peer", "memoryMb")?.GetDouble());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new SpecException($"'{source}' is no results.json of 'eng/gpu run': {e.Message}", e);
        }
    }

    /// <summary>A value of a part, by its names from the outside in; null: it is not there.</summary>
    private static JsonElement? Find(JsonElement[] parts, string part, params string[] names)
    {
        JsonElement[] found = [.. parts.Where(p => p.GetProperty("part").GetString() == part).Select(p => p.GetProperty("values"))];
        if (found.Length == 0)
        {
            return null;
        }

        JsonElement at = found[0];
        return Array.TrueForAll(names, name => at.ValueKind == JsonValueKind.Object && at.TryGetProperty(name, out at)) ? at : null;
    }
}
