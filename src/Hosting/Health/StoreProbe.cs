using AdvSeg.Core.Store;

namespace AdvSeg.Hosting.Health;

/// <summary>The artifact store answers a question; whether it also takes a write, its writers find out and say.</summary>
public sealed class StoreProbe(IArtifactStore store) : IReadinessProbe
{
    /// <summary>A key that nobody writes.</summary>
    private const string Key = "probe";

    public string Name => "store";

    public Task ProbeAsync(CancellationToken cancellationToken) => store.ExistsAsync(Key, cancellationToken);
}
