using System.Runtime.InteropServices;
using System.Text.Json;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Training.Native;

namespace AdvSeg.Training.Benchmarks.Gpu;

/// <summary>The parts of <c>eng/gpu run</c> that AdvSeg computes. Each prints one line of JSON.</summary>
internal static class GpuCommand
{
    private static readonly Dictionary<string, Func<GpuOptions, object>> Parts = new(StringComparer.Ordinal)
    {
        ["facts"] = Equality.Facts,
        ["canary"] = Equality.Canary,
        ["digest"] = Equality.Digest,
        ["parity"] = ParityFiles.Write,
        ["train"] = KilledRun.Train,
        ["steps"] = StepTimes.Measure,
        ["side"] = StepTimes.MeasureSideBySide,
        ["matmul"] = PartCosts.MatrixPeak,
        ["costs"] = PartCosts.Measure,
        ["cohort"] = options => new { folder = Material.Folder(options.Text("folder", "."), options.Variant.Protocol.CropSize) },
    };

    public static int Run(string part, ReadOnlySpan<string> args)
    {
        try
        {
            var options = new GpuOptions(args);
            if (!Parts.TryGetValue(part, out Func<GpuOptions, object>? compute))
            {
                throw new SpecException($"'{part}' is no part; use {string.Join(", ", Parts.Keys)}.");
            }

            NativeSetup.Apply(options.Numerics);
            Console.WriteLine(JsonSerializer.Serialize(compute(options)));
            return 0;
        }
        catch (SpecException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.BadInput;
        }
        catch (ExternalException e)
        {
            string words = e.Message.Split('\n')[0];
            Console.Error.WriteLine(OutOfMemory.ClassOf(e) is { } reason ? $"{Kebab.Of(reason)}: {words}" : words);
            return ExitCode.Failure;
        }
    }
}
