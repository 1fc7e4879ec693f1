using System.Collections.Concurrent;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.UseCases.Progress;

/// <summary>How long sweeps will still take, for pages. However many people look, a sweep is looked at every two seconds at most.</summary>
public sealed class RemainingTimes(SweepCatalog sweeps, IGrainFactory grains, TimeProvider clock) : IDisposable
{
    private const int MostRunning = 1000;
    private const int Seconds = 2;
    private const int BytesOfForecast = 1024;
    private const int MostSweeps = 32;
    private readonly FreshEnough<Forecast> _fresh = new(clock, _ => BytesOfForecast, MostSweeps * BytesOfForecast, parallel: 4);
    private readonly ConcurrentDictionary<string, Forecast> _seen = new(StringComparer.Ordinal);

    /// <returns>Null when the sweep is over or paused, no speed has been measured, or an older silo does not say what is settled.</returns>
    public async Task<Eta?> FindAsync(SweepStatus status, CancellationToken cancellationToken)
    {
        if (status is not { Ended: null, Variants: { } settled })
        {
            _seen.TryRemove(status.Sweep, out _);
            return null;
        }

        string version = $"{clock.GetUtcNow().ToUnixTimeSeconds() / Seconds}/{status.Paused}/{status.Stage}";
        Computed<Forecast> forecast =
            await _fresh.GetAsync(status.Sweep, version, final: false, () => LookAsync(status, settled, CancellationToken.None), cancellationToken);
        return forecast.Value.Eta;
    }

    public void Dispose() => _fresh.Dispose();

    /// <summary>Of the sweeps that have one.</summary>
    public async Task<IReadOnlyDictionary<string, Eta>> FindAllAsync(IEnumerable<SweepStatus> statuses, CancellationToken cancellationToken)
    {
        (string Sweep, Eta? Eta)[] found =
            await Task.WhenAll(statuses.Select(async status => (status.Sweep, await FindAsync(status, cancellationToken))));
        return found.Where(f => f.Eta is not null).ToDictionary(f => f.Sweep, f => f.Eta!, StringComparer.Ordinal);
    }

    private async Task<Forecast> LookAsync(SweepStatus status, IReadOnlyList<VariantProgress> settled, CancellationToken cancellationToken)
    {
        Plan plan = await sweeps.GetPlanAsync(status.Sweep, cancellationToken);
        Task<RunPage> running = grains.GetGrain<ISweepGrain>(status.Sweep).GetRuns(0, MostRunning, RunState.Running);
        IReadOnlyList<WorkerView> workers = await grains.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key).GetWorkers();
        RunningNow now = RunningNow.Of((await running).Rows, workers);
        RunningRun[] rows = [.. now.Rows.Select(row => new RunningRun(row, row.Progress))];
        var work = Workload.Of(SweepShape.Of(plan.Spec), status, rows, settled);
        return _seen[status.Sweep] = _seen.GetValueOrDefault(status.Sweep, Forecast.Unseen).Next(work, now.Slots);
    }
}
