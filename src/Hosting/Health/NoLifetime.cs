using Microsoft.Extensions.Hosting;

namespace AdvSeg.Hosting.Health;

/// <summary>
/// For a host inside another or under a command: signals are not its own to take, nor is it its word that the process has started.
/// </summary>
public sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
