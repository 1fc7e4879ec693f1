using Microsoft.Extensions.Hosting;

namespace AdvSeg.Hosting.Health;

/// <summary>For a host inside another or under a command: it must not take the signals, nor say that the process has started.</summary>
public sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
