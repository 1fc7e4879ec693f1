namespace AdvSeg.UseCases.Mending;

/// <summary>A stored record that is damaged.</summary>
/// <param name="Text">Its key and what is wrong with it.</param>
/// <param name="Mended">What was done; null when nothing was.</param>
/// <param name="Remedy">What a person can do; null when it is mended.</param>
public sealed record StoreFinding(string Text, string? Mended, string? Remedy);

/// <summary>What the doctor looked at, and what it found.</summary>
public sealed record StoreExamination(int Sweeps, int Results, IReadOnlyList<StoreFinding> Findings);
