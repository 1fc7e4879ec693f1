namespace AdvSeg.Core.Sweeps;

/// <summary>Settled runs of one variant: what is left of it is the plan without them.</summary>
/// <param name="Variant">Its name.</param>
/// <param name="CrossValidation">Of the cross-validation; those that tuning trained of other candidates are among them.</param>
/// <param name="Ablation">Reduced ones.</param>
public sealed record VariantProgress(string Variant, int CrossValidation, int Ablation)
{
    /// <summary>From the rows of settled runs.</summary>
    public static IReadOnlyList<VariantProgress> Of(IEnumerable<RunRow> settled) =>
        [.. settled.GroupBy(row => row.Variant).Select(
            rows => new VariantProgress(rows.Key, rows.Count(r => r.Positives is null), rows.Count(r => r.Positives is not null)))];
}
