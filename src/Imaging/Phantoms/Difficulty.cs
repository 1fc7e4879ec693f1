using AdvSeg.Core.Specs;

namespace AdvSeg.Imaging.Phantoms;

/// <summary>
/// The dial of the phantom. Every patient draws the same numbers at any setting, so two settings show the same patients; at 1, 1, 1 each value is
/// the very one that was drawn.
/// </summary>
/// <param name="Contrast">Of tumour: how fully it replaces its tissue, of the drawn opacity.</param>
/// <param name="Variation">Of patients: how far a value lies from the mean of its distribution, of the drawn distance.</param>
/// <param name="LabelNoise">Of the expert: how far outline, place and size lie from the truth, of the drawn distance.</param>
internal readonly record struct Difficulty(double Contrast, double Variation, double LabelNoise)
{
    public static readonly Difficulty Usual = new(1, 1, 1);

    public static Difficulty Of(PhantomCohort spec) => new(spec.Contrast ?? 1, spec.Variation ?? 1, spec.LabelNoise ?? 1);

    /// <summary>A drawn value at this variation.</summary>
    public double Spread(double drawn, double mean) => Variation == 1 ? drawn : mean + (Variation * (drawn - mean));

    /// <summary>A drawn factor at this variation, around 1 on a logarithmic scale.</summary>
    public double SpreadFactor(double drawn) => Variation == 1 ? drawn : Math.Pow(drawn, Variation);
}
