using AdvSeg.Hosting.Health;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Dashboard.Telemetry;

/// <summary>
/// Warns of sweeps that cannot be read. All others go on, so the host is ready. Anybody who reaches the probe can read this, so it names no sweep.
/// </summary>
internal sealed class DamageWarning(SweepCatalog sweeps) : IReadinessWarning
{
    public string Name => "sweeps";

    public string? Warning =>
        sweeps.Damaged is { Count: > 0 and var count } ? $"{count} cannot be read; 'advseg ls' and the page of sweeps say which" : null;
}
