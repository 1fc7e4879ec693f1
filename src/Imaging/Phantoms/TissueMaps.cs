using AdvSeg.Core.Cohorts;

namespace AdvSeg.Imaging.Phantoms;

/// <summary>What a voxel's signal is made of.</summary>
/// <param name="T2">Transverse relaxation time, ms.</param>
/// <param name="Adc">Apparent diffusion coefficient, um^2/ms.</param>
/// <param name="Density">Proton density in T2w, water 1.</param>
/// <param name="DiffusionDensity">Proton density in diffusion images, where fat is suppressed.</param>
internal readonly record struct Tissue(double T2, double Adc, double Density, double DiffusionDensity)
{
    public static readonly Tissue Fat = new(95, 1.1, 1.25, 0.05);
    public static readonly Tissue Obturator = new(38, 1.25, 1, 0.8);
    public static readonly Tissue Levator = new(42, 1.2, 1, 0.8);
    public static readonly Tissue BladderWall = new(55, 1.3, 1, 1);
    public static readonly Tissue Urine = new(900, 2.9, 1, 1);
    public static readonly Tissue Symphysis = new(60, 1.1, 0.9, 0.3);
    public static readonly Tissue RectumWall = new(60, 1.3, 1, 0.9);
    public static readonly Tissue Gas = new(20, 1, 0.02, 0.02);
    public static readonly Tissue Stool = new(75, 1, 0.8, 0.25);
    public static readonly Tissue Capsule = new(50, 1.2, 1, 0.9);

    /// <summary>This tissue with a share of another painted over it.</summary>
    public Tissue Under(Tissue other, double share) => new(
        (T2 * (1 - share)) + (other.T2 * share),
        (Adc * (1 - share)) + (other.Adc * share),
        (Density * (1 - share)) + (other.Density * share),
        (DiffusionDensity * (1 - share)) + (other.DiffusionDensity * share));
}

/// <summary>One slice of tissue and the expert's labels.</summary>
/// <param name="Tissues">Size x size.</param>
/// <param name="Labels">Size x size values of <see cref="LabelClass"/>.</param>
internal sealed record TissueSlice(Tissue[] Tissues, byte[] Labels);
