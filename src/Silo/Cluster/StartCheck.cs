using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Grains;

namespace AdvSeg.Silo.Cluster;

/// <summary>Runs before a silo with a scheduler starts: nothing starts when the scheduler's stored state cannot be read.</summary>
/// <remarks>Throws a <see cref="DamagedException"/> that names the file and the remedy.</remarks>
internal sealed class StartCheck(IArtifactStore store) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => StoredQueue.FindAsync(store, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
