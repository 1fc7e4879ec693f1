namespace AdvSeg.Training.Steps;

/// <summary>
/// How a step is computed, where it may be computed in several ways that differ in speed and in the last bits. Every run uses the defaults,
/// so that they are no part of its identity; benchmarks measure the others.
/// </summary>
/// <param name="ChannelsLast">Maps lie in memory with their channels side by side.</param>
/// <param name="FusedAdam">libtorch's one kernel for an update instead of nine.</param>
/// <param name="Graph">A step is recorded and launched in one call; on GPUs, with the fused Adam.</param>
internal sealed record StepOptions(bool ChannelsLast = false, bool FusedAdam = false, bool Graph = false);
