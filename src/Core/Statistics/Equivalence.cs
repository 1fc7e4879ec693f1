namespace AdvSeg.Core.Statistics;

/// <summary>
/// Two one-sided t tests (Schuirmann 1987): whether a mean lies within a margin of 0. Not finding a difference shows nothing; this does.
/// </summary>
public static class Equivalence
{
    /// <summary>The larger of both one-sided p-values; null for fewer than two values, or where all are equal.</summary>
    /// <param name="test">Of the values.</param>
    /// <param name="margin">Above 0, in the unit of the values.</param>
    public static double? PValue(MeanTest test, double margin)
    {
        if (!(margin > 0))
        {
            throw new ArgumentOutOfRangeException(nameof(margin), margin, "A margin is above 0.");
        }

        if (test.Deviation is not > 0)
        {
            return null;
        }

        double error = test.Deviation.Value / Math.Sqrt(test.Count);
        return Math.Max(
            StudentT.Above((test.Mean + margin) / error, test.Count - 1),
            StudentT.Above((margin - test.Mean) / error, test.Count - 1));
    }
}
