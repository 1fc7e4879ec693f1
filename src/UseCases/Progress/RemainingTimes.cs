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
    private const int MostSweeps = 64;

    /// <summary>A forecast older than this is not shown: the sweep is looked at again first.</summary>
    private static readonly TimeSpan LongestAge = TimeSpan.FromMinutes(1);
    private readonly FreshEnough<Forecast> _fresh = new(clock, _ => BytesOfForecast, MostSweeps * BytesOfForecast, parallel: 4);
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, Forecast> _seen = new(StringComparer.Ordinal);

    /// <returns>Null when the sweep is over or paused, no speed has been measured, or an older silo does not say what is settled.</returns>
    public async Task<Eta?> FindAsync(SweepStatus status, CancellationToken cancellationToken)
    {
        if (status is not { Ended: null, Paused: false, Variants: { } settled })
        {
            return null;
        }

        string version = $"{clock.GetUtcNow().ToUnixTimeSeconds() / Seconds}/{status.Stage}";
        Computed<Forecast> forecast =
            await _fresh.GetAsync(status.Sweep, version, final: false, () => LookAsync(status, settled, CancellationToken.None), cancellationToken);
        return clock.GetUtcNow() - forecast.At < LongestAge ? forecast.Value.Eta : null;
    }

    public void Dispose() => _fresh.Dispose();

    /// <summary>The remaining times of those sweeps that have one, by sweep.</summary>
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
        lock (_lock)
        {
            // The sweep looked at last is at the end, and the first one is dropped. Measured speeds are kept for the next look.
            Forecast next = _seen.GetValueOrDefault(status.Sweep, Forecast.Unseen).Next(work, now.Slots);
            _seen.Remove(status.Sweep);
            _seen.Add(status.Sweep, next);
            if (_seen.Count > MostSweeps)
            {
                _seen.RemoveAt(0);
            }

            return next;
        }
    }
}
