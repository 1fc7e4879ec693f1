using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;

namespace AdvSeg.Training.Tests;

/// <summary>
/// What moves the canary within one process. That two processes agree, and that other kernels give another one, is in
/// <see cref="InstructionCapTests"/>.
/// </summary>
public sealed class CanaryTests
{
    private static readonly IReadOnlyList<SchemeSpec> Schemes = Canary.Schemes();
    private static readonly string Expected = new Trainer(Small.Numerics).Canary;

    [Fact]
    public void Canary_OfOneMachine_IsTheSameDigestAgain()
    {
        Assert.True(Digest.IsSha256(Expected));
        Assert.Equal(Expected, Canary.Compute(Small.Numerics));
        Assert.Equal(Expected, Canary.Compute(Small.Numerics, Schemes));
    }

    /// <summary>Every scheme's weights are in it, and every network's: a rate that differs by a thousandth shows, of S and of D.</summary>
    [Fact]
    public void Canary_OfWeightsThatMovedOtherwise_IsAnother()
    {
        List<string> digests = [Expected];
        for (int i = 0; i < Schemes.Count; i++)
        {
            digests.Add(Canary.Compute(Small.Numerics, With(i, Schemes[i] with { Optimizer = Faster(Schemes[i].Optimizer) })));
            if (Schemes[i] is GameScheme game)
            {
                digests.Add(Canary.Compute(
                    Small.Numerics, With(i, game with { Adversary = game.Adversary with { Optimizer = Faster(game.Adversary.Optimizer) } })));
            }
        }

        Assert.Equal(1 + 4 + 3, digests.Distinct().Count());
    }

    private static AdamSpec Faster(AdamSpec adam) => adam with { LearningRate = 1.001 * adam.LearningRate };

    private static SchemeSpec[] With(int index, SchemeSpec scheme) => [.. Schemes.Select((s, i) => i == index ? scheme : s)];
}
