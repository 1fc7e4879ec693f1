using AdvSeg.Core.Specs;

namespace AdvSeg.Imaging.Phantoms;

/// <summary>
/// The dial of the phantom. Every patient draws the same numbers at any setting, so two settings show the same patients; at 1, 1, 1 each value is
/// the very one that was drawn.
/// </summary>
/// <param name="Contrast">How fully tumour replaces its tissue, as a share of the drawn opacity.</param>
/// <param name="Variation">How far patients' values lie from the means of their distributions, as a multiple of the drawn distance.</param>
/// <param name="LabelNoise">How far the expert's outline, place and size lie from the truth, as a multiple of the drawn distance.</param>
internal readonly record struct Difficulty(double Contrast, double Variation, double LabelNoise)
{
    public static readonly Difficulty Usual = new(1, 1, 1);

    public static Difficulty Of(PhantomCohort spec) => new(spec.Contrast ?? 1, spec.Variation ?? 1, spec.LabelNoise ?? 1);

    /// <summary>A drawn value at this variation.</summary>
    public double Spread(double drawn, double mean) => Variation == 1 ? drawn : mean + (Variation * (drawn - mean));

    /// <summary>A drawn factor at this variation, around 1 on a logarithmic scale.</summary>
    public double SpreadFactor(double drawn) => Variation == 1 ? drawn : Math.Pow(drawn, Variation);
}
