namespace AdvSeg.Core.Scheduling;

/// <summary>How much of its device a run uses, 0 to 1: of a GPU, or of the core that its thread has.</summary>
public sealed record RunUtilisation(string Run, double Utilisation);
