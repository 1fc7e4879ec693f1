using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;

namespace AdvSeg.Client.Commands;

/// <summary>
/// GPU-hours of a sweep and, at a price, its cost: from operations and an assumed speed, from a speed that <c>eng/gpu</c> measured, or from a
/// given time of a step.
/// </summary>
internal static class GpuCost
{
    private const int DefaultTeraflops = 10;

    public static readonly Option<int?> Teraflops = Shared.Ranged<int?>(
        "--tflops", "N", "10^12 floating-point operations a second that a GPU is assumed to sustain, for the estimate of GPU-hours (default: "
            + $"{DefaultTeraflops}).", 1, 100_000);

    public static readonly Option<string?> Measured =
        new("--measured") { Description = "results.json of 'eng/gpu run' on the GPU in question: its speed instead of --tflops.", HelpName = "FILE" };

    public static readonly Option<double?> StepMilliseconds = Shared.Number<double?>(
        "--step-ms", "MS", "Time of one S step with its D steps on the GPU in question, milliseconds, instead of --tflops.");

    public static readonly Option<double?> Price =
        Shared.Number<double?>("--gpu-hour-price", "P", "Price of a GPU-hour in any currency: says what the sweep costs.");

    public static IReadOnlyList<Option> Options => [Teraflops, Measured, StepMilliseconds, Price];

    /// <summary>One sentence for people.</summary>
    /// <exception cref="CommandException">Two ways to know the speed are given.</exception>
    /// <exception cref="SpecException">The measured file holds no step.</exception>
    public static string Estimate(PlanSummary summary, ParseResult parsed)
    {
        if (new Option[] { Teraflops, Measured, StepMilliseconds }.Count(option => parsed.GetResult(option) is not null) > 1)
        {
            throw new CommandException(ExitCode.Usage, "Give one of --tflops, --measured and --step-ms; each says how fast the GPU is.");
        }

        (double hours, string text) = parsed.GetValue(StepMilliseconds) is { } step
            ? OfStep(summary.SegmentorSteps, step)
            : parsed.GetValue(Measured) is { } file
                ? OfMeasured(summary.Operations, SpeedIn(file), file)
                : OfAssumed(summary.Operations, parsed.GetValue(Teraflops) ?? DefaultTeraflops);
        return parsed.GetValue(Price) is { } price
            ? $"{text}: {hours * price:#,0.00} at {price.ToString(CultureInfo.InvariantCulture)} a GPU-hour"
            : text;
    }

    /// <summary>How many runs of the sweep's largest networks share the measured GPU; null where that was not measured.</summary>
    /// <param name="spec">The sweep.</param>
    /// <param name="layout">Of its cohort.</param>
    /// <param name="parsed">The command line.</param>
    public static string? SideBySide(SweepSpec spec, CohortLayout layout, ParseResult parsed)
    {
        if (parsed.GetValue(Measured) is not { } file || MeasuredMemory.Read(Shared.ReadBytes(file), file) is not { Megabytes: { } all } memory)
        {
            return null;
        }

        double size = spec.Variants.Max(variant => MeasuredMemory.SizeOf(variant.Protocol, variant.Segmentor, layout));
        IEnumerable<string> counts =
            from precision in Enum.GetValues<Precision>()
            let fitting = memory.Fitting(size, precision, all)
            where fitting is not null
            select $"{fitting} in {Kebab.Of(precision)}";
        return $"Beside each other on that GPU of {all:N0} MB, by its measured memory: {string.Join(", ", counts)} (--slots of a worker with "
            + "--memory-table)";
    }

    private static (double Hours, string Text) OfStep(long steps, double milliseconds)
    {
        double hours = steps * milliseconds / 1000 / 3600;
        return (
            hours,
            $"Estimate from a given step: {steps:N0} S steps of {milliseconds.ToString(CultureInfo.InvariantCulture)} ms are {hours:#,0.00} "
                + "GPU-hours, evaluations not counted (--step-ms)");
    }

    /// <summary>Arithmetic only: memory traffic, which often decides, is in a measured speed alone.</summary>
    private static (double Hours, string Text) OfAssumed(double operations, int teraflops)
    {
        double hours = operations / teraflops / 1e12 / 3600;
        return (
            hours,
            $"Estimate, not measured: {Convolutions(operations)} are {hours:#,0.00} GPU-hours if a GPU sustains {teraflops} TFLOP/s (--tflops)");
    }

    private static (double Hours, string Text) OfMeasured(double operations, double teraflops, string file)
    {
        double hours = operations / teraflops / 1e12 / 3600;
        string speed = $"{teraflops.ToString("0.#", CultureInfo.InvariantCulture)} TFLOP/s measured in steps ({file})";
        return (hours, $"Estimate from a measured speed: {Convolutions(operations)} are {hours:#,0.00} GPU-hours if a GPU sustains {speed}");
    }

    private static string Convolutions(double operations) => $"{operations:0.00e+0} floating-point operations in convolutions";

    /// <summary>The slowest of the measured schemes in their fastest precision, 10^12 operations a second.</summary>
    private static double SpeedIn(string file)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(Shared.ReadBytes(file));
            var steps = document.RootElement.GetProperty("parts").EnumerateArray()
                .Where(part => part.GetProperty("part").GetString() == "step time")
                .SelectMany(part => part.GetProperty("values").GetProperty("steps").EnumerateArray())
                .Where(step => step.GetProperty("who").GetString() == "ours" && step.TryGetProperty("teraflops", out _))
                .Select(step => (Scheme: step.GetProperty("scheme").GetString(), Speed: step.GetProperty("teraflops").GetDouble()));
            double[] speeds = [.. steps.GroupBy(step => step.Scheme).Select(scheme => scheme.Max(step => step.Speed))];
            return speeds.Length > 0 ? speeds.Min() : throw new SpecException($"'{file}' holds no measured step; run 'eng/gpu run' to its end.");
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new SpecException($"'{file}' is no results.json of 'eng/gpu run': {e.Message}", e);
        }
    }
}
