using AdvSeg.Hosting.Health;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Dashboard.Telemetry;

/// <summary>
/// Sweeps that cannot be read: every other one goes on, so the host is ready, and says so. Whoever reaches the probe reads it, so it names none.
/// </summary>
internal sealed class DamageWarning(SweepCatalog sweeps) : IReadinessWarning
{
    public string Name => "sweeps";

    public string? Warning =>
        sweeps.Damaged is { Count: > 0 and var count } ? $"{count} cannot be read; 'advseg ls' and the page of sweeps say which" : null;
}
