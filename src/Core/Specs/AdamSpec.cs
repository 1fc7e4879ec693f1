namespace AdvSeg.Core.Specs;

/// <summary>Adam (Kingma and Ba 2015), epsilon 1e-8. The rate halves every <see cref="HalveEvery"/> steps; 0 keeps it fixed.</summary>
public sealed record AdamSpec
{
    public required double LearningRate { get; init; }

    public required double Beta1 { get; init; }

    public required double Beta2 { get; init; }

    /// <summary>Steps between halvings; 0: never.</summary>
    public required int HalveEvery { get; init; }

    /// <summary>The rate of a step, counted from 0: computed, never carried in optimizer state.</summary>
    public double RateAt(int step) => HalveEvery == 0 ? LearningRate : LearningRate * Math.Pow(0.5, step / HalveEvery);
}
