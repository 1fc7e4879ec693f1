using AdvSeg.Hosting.Health;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Dashboard.Telemetry;

/// <summary>Sweeps that cannot be read: every other one goes on, so the host is ready, and says so.</summary>
internal sealed class DamageWarning(SweepCatalog sweeps) : IReadinessWarning
{
    public string Name => "sweeps";

    public string? Warning =>
        sweeps.Damaged is [{ } first, ..] and { Count: var count } ? $"{count} cannot be read; {first.Sweep}: {first.Damage}" : null;
}
