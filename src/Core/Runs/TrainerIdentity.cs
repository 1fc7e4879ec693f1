using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Runs;

/// <summary>
/// The trainer and the numerics that a cluster plans with: part of every run's identity. Control silos know it without loading libtorch.
/// </summary>
public sealed record TrainerIdentity(string Name, int Revision, Numerics Numerics);
