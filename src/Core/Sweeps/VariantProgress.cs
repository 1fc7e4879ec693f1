namespace AdvSeg.Core.Sweeps;

/// <summary>Settled runs of one variant: what is left of it is the plan without them.</summary>
/// <param name="Variant">Its name.</param>
/// <param name="CrossValidation">Runs of the cross-validation, including those of other candidates that tuning trained.</param>
/// <param name="Ablation">Runs of the ablation.</param>
public sealed record VariantProgress(string Variant, int CrossValidation, int Ablation)
{
    /// <summary>Counts the rows of settled runs.</summary>
    public static IReadOnlyList<VariantProgress> Of(IEnumerable<RunRow> settled) =>
        [.. settled.GroupBy(row => row.Variant).Select(
            rows => new VariantProgress(rows.Key, rows.Count(r => r.Positives is null), rows.Count(r => r.Positives is not null)))];
}
