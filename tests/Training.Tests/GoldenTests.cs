using AdvSeg.Core.Runs;
using AdvSeg.Training.Steps;

namespace AdvSeg.Training.Tests;

/// <summary>
/// Losses of 30 steps of each scheme. <c>peer.csv</c> is PyTorch's in double precision, from its own Philox, batches, networks and Adam
/// (Golden/peer.py). <c>curve.csv</c> is this trainer's own; when it moves, <see cref="ITrainer.Revision"/> is raised with it.
/// </summary>
public sealed class GoldenTests
{
    private const int Steps = 30;

    public static TheoryData<string> Schemes => [.. Small.Schemes.Keys];

    /// <summary>
    /// Adam divides by the root of tiny squared gradients, so single precision leaves the double-precision curve slowly: 1e-4 of a loss
    /// over the first ten steps. A wrong draw, bound, epsilon or equation shows in the first.
    /// </summary>
    [Theory]
    [MemberData(nameof(Schemes))]
    public void Losses_OfTheFirstSteps_ArePyTorchs(string scheme) => AssertCurve("peer.csv", scheme, steps: 10, tolerance: 1e-4);

    /// <summary>Bits repeat under one canary; another AVX2 CPU may pick another kernel, hence a tolerance.</summary>
    [Theory]
    [MemberData(nameof(Schemes))]
    public void Losses_OfThirtySteps_AreThePinnedCurve(string scheme) => AssertCurve("curve.csv", scheme, Steps, tolerance: 1e-6);

    private static void AssertCurve(string file, string scheme, int steps, double tolerance)
    {
        using var cohort = new DisposableTensors();
        using var learner = new Learner(Small.Spec(scheme), cohort.Tensors, TorchSharp.torch.CPU);
        List<string> rows = [];
        List<double> differences = [];
        string[] golden =
            [
                .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Golden", file)).Where(
                    line => line.StartsWith(scheme + ",", StringComparison.Ordinal)),
            ];
        for (int step = 0; step < steps; step++)
        {
            StepLosses losses = learner.Step(step);
            rows.Add($"{scheme},{step + 1},{losses.Segmentor},{losses.Discriminator}");
            string[] expected = golden.ElementAtOrDefault(step)?.Split(',') ?? ["", "", "NaN", "NaN"];
            differences.Add(Math.Abs(losses.Segmentor - double.Parse(expected[2])));
            if (losses.Discriminator is { } discriminator)
            {
                differences.Add(Math.Abs(discriminator - double.Parse(expected[3])));
            }
        }

        Assert.True(
            differences.TrueForAll(difference => difference <= tolerance),
            $"Largest difference {differences.Max()}, tolerance {tolerance}. The curve now:\n{string.Join('\n', rows)}");
    }
}
