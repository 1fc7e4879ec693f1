using AdvSeg.Core.Draws;

namespace AdvSeg.Chaos;

/// <summary>Hits a random silo every few seconds and brings it back; a worker frozen past its lease's end ends itself and is restarted.</summary>
internal sealed class FaultInjector(ClusterUnderTest cluster, ulong seed, Action<string> say)
{
    private PhiloxSequence _draws = Philox.At(seed, DrawPurpose.Split);
    private readonly List<Task> _repairs = [];

    public List<Fault> Faults { get; } = [];

    /// <summary>Exit codes of drains that were not 0.</summary>
    public List<string> BadDrains { get; } = [];

    /// <summary>Seconds from SIGTERM to the end of the process.</summary>
    public List<double> DrainSeconds { get; } = [];

    /// <summary>Injects until cancelled, then repairs everything.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        SiloNode[] silos = [.. cluster.Silos];
        while (!stop.IsCancellationRequested)
        {
            await PauseAsync(1.5 + (2.5 * _draws.NextDouble()), stop);
            SiloNode[] healthy = [.. silos.Where(s => s.IsRunning && !s.IsFrozen && !_busy.Contains(s))];
            if (stop.IsCancellationRequested || healthy.Length < silos.Length - 1)
            {
                await RestartDeadAsync();
                continue;
            }

            SiloNode target = healthy[(int)(_draws.NextDouble() * healthy.Length)];
            double kind = _draws.NextDouble(), length = _draws.NextDouble();
            Hit(target, kind < 0.6 ? FaultKind.Kill : kind < 0.8 ? FaultKind.Freeze : FaultKind.Terminate, length);
        }

        await Task.WhenAll(_repairs);
        await RestartDeadAsync();
    }

    private readonly HashSet<SiloNode> _busy = [];

    private void Hit(SiloNode target, FaultKind kind, double length)
    {
        Faults.Add(new Fault(TimeProvider.System.GetUtcNow(), target.Name, kind));
        _busy.Add(target);
        _repairs.Add(HitAsync(target, kind, length));
    }

    private async Task HitAsync(SiloNode target, FaultKind kind, double length)
    {
        try
        {
            switch (kind)
            {
                case FaultKind.Kill:
                    say($"kill -9 {target.Name}");
                    await target.KillAsync();
                    await Task.Delay(TimeSpan.FromSeconds(0.5 + (2 * length)));
                    break;
                case FaultKind.Freeze:
                    say($"freeze {target.Name} for {1 + (14 * length):0.0} s");
                    target.Freeze();
                    await Task.Delay(TimeSpan.FromSeconds(1 + (14 * length)));
                    target.Thaw();
                    return;
                default:
                    await DrainAsync(target);
                    break;
            }

            target.Launch();
            await target.StartedAsync();
        }
        catch (TimeoutException e)
        {
            // The silo could not join, because the others were hit meanwhile; the loop starts it again.
            say($"{target.Name} did not start: {e.Message.Split('\n')[0]}");
        }
        finally
        {
            _busy.Remove(target);
        }
    }

    private async Task DrainAsync(SiloNode target)
    {
        long began = TimeProvider.System.GetTimestamp();
        int exit = await target.TerminateAsync();
        double seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        DrainSeconds.Add(seconds);
        say($"SIGTERM {target.Name}: exit code {exit} after {seconds:0.0} s");
        if (exit != 0)
        {
            BadDrains.Add($"{target.Name}: {exit}");
        }
    }

    private async Task RestartDeadAsync()
    {
        foreach (SiloNode silo in cluster.Silos.Where(s => !s.IsRunning && !_busy.Contains(s)).ToList())
        {
            say($"restart {silo.Name}, which had ended itself ({silo.Process.ExitCode})");
            silo.Launch();
            try
            {
                await silo.StartedAsync();
            }
            catch (TimeoutException e)
            {
                say($"{silo.Name} did not start: {e.Message.Split('\n')[0]}");
            }
        }
    }

    private static async Task PauseAsync(double seconds, CancellationToken stop) =>
        await Task.Delay(TimeSpan.FromSeconds(seconds), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
