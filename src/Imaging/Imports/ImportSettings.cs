using AdvSeg.Core.Errors;

namespace AdvSeg.Imaging.Imports;

/// <summary>Which slices of a study become part of the cohort.</summary>
public enum SliceChoice
{
    /// <summary>As the paper: every slice with tumour of patients with tumour, some slices around the middle of the gland of the others.</summary>
    Paper,

    /// <summary>Every slice that shows the gland or tumour; of a cohort none of whose classes is gland, every slice.</summary>
    Gland,

    All,
}

/// <summary>What an import makes of studies.</summary>
public sealed record ImportSettings
{
    /// <summary>In-plane pixel side, mm.</summary>
    public double Spacing { get; init; } = 0.5;

    /// <summary>Height and width of a slice, pixels, around the middle of the T2w image.</summary>
    public int Size { get; init; } = 416;

    public SliceChoice Slices { get; init; } = SliceChoice.Paper;

    /// <summary>Slices of a study without tumour, of <see cref="SliceChoice.Paper"/>: 475 of 97 patients in the paper.</summary>
    public int MidGlandSlices { get; init; } = 5;

    /// <exception cref="SpecException">A number is out of its range.</exception>
    public ImportSettings Checked() =>
        !(Spacing is >= 0.05 and <= 10) ? throw new SpecException($"A pixel side of {Spacing} mm cannot be imported; use 0.05 to 10.")
        : Size is < 16 or > 2048 ? throw new SpecException($"Slices of {Size} pixels cannot be imported; use 16 to 2048.")
        : MidGlandSlices is < 1 or > 1000 ? throw new SpecException($"{MidGlandSlices} slices cannot be chosen; use 1 to 1000.")
        : this;
}
