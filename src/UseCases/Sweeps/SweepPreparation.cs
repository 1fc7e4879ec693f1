using AdvSeg.Core.Sweeps;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>A sweep that was accepted and starts once its phantoms are rendered.</summary>
/// <param name="Sweep">Its id, by which it is asked for, waited for and cancelled.</param>
/// <param name="Done">Patients rendered, of the phantom that is being rendered.</param>
/// <param name="Patients">Patients of that phantom; 0 while others are rendered first.</param>
public sealed record SweepPreparation(string Sweep, int Done, int Patients);

/// <summary>What a submission came to.</summary>
/// <param name="Status">The started sweep; null while it is being prepared.</param>
/// <param name="Known">It was started before.</param>
/// <param name="Preparation">How far the preparation is, while there is no status.</param>
public sealed record Submitted(SweepStatus? Status, bool Known, SweepPreparation? Preparation)
{
    public string Sweep => Status?.Sweep ?? Preparation!.Sweep;
}
