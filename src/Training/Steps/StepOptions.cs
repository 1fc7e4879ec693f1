namespace AdvSeg.Training.Steps;

/// <summary>
/// How a step is computed, where it may be computed in several ways that differ in speed and in the last bits. A run's numerics say whether
/// it is a graph; the others are no part of its identity, because no run uses them: benchmarks measure them.
/// </summary>
/// <param name="ChannelsLast">Maps lie in memory with their channels side by side.</param>
/// <param name="FusedAdam">libtorch's one kernel for an update instead of nine.</param>
/// <param name="Graph">A step is recorded and launched in one call; on GPUs, with the fused Adam.</param>
internal sealed record StepOptions(bool ChannelsLast = false, bool FusedAdam = false, bool Graph = false);
