using AdvSeg.Hosting.Health;
using AdvSeg.Storage.Folder;

namespace AdvSeg.Silo.Health;

/// <summary>The data folder takes writes. On a full disk reads still work, and everything else waits.</summary>
internal sealed class WriteCondition(DataFolder folder, HealthPolicy policy, TimeProvider clock) : IReadinessCondition
{
    public string Name => "store writes";

    public string? WhyNot => folder.Store.Fault is { } fault && clock.GetUtcNow() - fault.Since > policy.Grace ? fault.Message : null;
}
