namespace AdvSeg.Core.Tests;

/// <summary>How much random tests try: everything, or a part of it where every mutant of the code meets them (eng/mutate).</summary>
public static class Effort
{
    /// <summary>Why a test of seconds is left out there.</summary>
    public const string TooSlow = "It takes seconds, which every mutant would pay.";

    public static bool IsReduced { get; } = Environment.GetEnvironmentVariable("ADVSEG_MUTATION") is { Length: > 0 };

    /// <summary>Random histories to try: a fiftieth of them, but at least 100, where effort is reduced.</summary>
    public static int Of(int iterations) => IsReduced ? Math.Min(iterations, Math.Max(100, iterations / 50)) : iterations;
}
