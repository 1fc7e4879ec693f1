namespace AdvSeg.Core.Runs;

/// <summary>What S segments at one step of a training that goes on, on the same few slices each time. Kept only in memory.</summary>
/// <param name="Step">S steps done.</param>
/// <param name="Slices">Selection slices with expert tumour.</param>
public sealed record TrainingPreview(int Step, IReadOnlyList<PreviewSlice> Slices)
{
    /// <summary>Names of the labels, from 0; null: the paper's.</summary>
    public IReadOnlyList<string>? Classes { get; init; }
}

/// <summary>One slice of a preview.</summary>
/// <param name="Patient">A selection patient.</param>
/// <param name="Slice">Index of the slice in the patient.</param>
/// <param name="Size">Height and width, pixels.</param>
/// <param name="Image">Size x size grey levels of the first channel, T2w as a rule.</param>
/// <param name="Expert">Size x size values of <see cref="Cohorts.LabelClass"/>.</param>
/// <param name="Predicted">The same of S.</param>
/// <param name="Dice">Tumour DSC of the slice.</param>
public sealed record PreviewSlice(string Patient, int Slice, int Size, byte[] Image, byte[] Expert, byte[] Predicted, double Dice);
