using System.Text.Json.Serialization;

namespace AdvSeg.Core.Runs;

/// <summary>Pixel counts of one class against the expert, over some set of pixels.</summary>
public sealed record Confusion(long TruePositive, long FalsePositive, long FalseNegative, long TrueNegative)
{
    public static readonly Confusion Zero = new(0, 0, 0, 0);

    /// <summary>2 TP / (2 TP + FP + FN); null without expert pixels: such a slice or patient does not enter the score.</summary>
    [JsonIgnore]
    public double? Dice => HasExpert ? 2.0 * TruePositive / ((2 * TruePositive) + FalsePositive + FalseNegative) : null;

    /// <summary>TP / (TP + FN); null without expert pixels.</summary>
    [JsonIgnore]
    public double? Sensitivity => HasExpert ? (double)TruePositive / (TruePositive + FalseNegative) : null;

    /// <summary>TN / (TN + FP); null without negative pixels.</summary>
    [JsonIgnore]
    public double? Specificity => TrueNegative + FalsePositive > 0 ? (double)TrueNegative / (TrueNegative + FalsePositive) : null;

    /// <summary>The expert marked at least one pixel.</summary>
    [JsonIgnore]
    public bool HasExpert => TruePositive + FalseNegative > 0;

    /// <summary>The prediction marked at least one pixel.</summary>
    [JsonIgnore]
    public bool HasPrediction => TruePositive + FalsePositive > 0;

    public static Confusion operator +(Confusion a, Confusion b) => Add(a, b);

    public static Confusion Add(Confusion a, Confusion b) =>
        new(a.TruePositive + b.TruePositive, a.FalsePositive + b.FalsePositive, a.FalseNegative + b.FalseNegative, a.TrueNegative + b.TrueNegative);
}
