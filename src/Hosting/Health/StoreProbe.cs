using AdvSeg.Core.Store;

namespace AdvSeg.Hosting.Health;

/// <summary>Asks the artifact store a question. Writes are not tried; those who write report their failures.</summary>
public sealed class StoreProbe(IArtifactStore store) : IReadinessProbe
{
    /// <summary>A key that nobody writes.</summary>
    private const string Key = "probe";

    public string Name => "store";

    public Task ProbeAsync(CancellationToken cancellationToken) => store.ExistsAsync(Key, cancellationToken);
}
