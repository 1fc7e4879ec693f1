using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Sweeps;

/// <summary>A submission in the store that waits for its cohorts, so that a server that is started again goes on with it.</summary>
/// <param name="Spec">Its digest is that of the sweep's id.</param>
/// <param name="Yaml">Its text as written.</param>
public sealed record PendingSweep(SweepSpec Spec, string Yaml);
