namespace AdvSeg.Core.Scheduling;

/// <summary>A range of plan indices, [Start, Start + Count).</summary>
public sealed record IndexRange(int Start, int Count);
