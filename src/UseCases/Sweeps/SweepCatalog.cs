using System.Collections.Concurrent;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>The sweeps that there are: names from the store, statuses from their grains, plans from the catalog.</summary>
public sealed class SweepCatalog(IGrainFactory grains, IArtifactStore store, PlanCatalog plans, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan ListedFor = TimeSpan.FromSeconds(2);

    /// <summary>A sweep that is over goes on again only when somebody retries it, perhaps through another server.</summary>
    private static readonly TimeSpan OverFor = TimeSpan.FromSeconds(10);
    private const long BytesPerView = 2048;
    private const long MostBytesOfViews = 16 << 20;
    private readonly ConcurrentDictionary<string, (SweepStatus Status, long At)> _over = new();
    private readonly DamagedSweeps _damaged = new(clock);
    private readonly FreshEnough<CellView[]> _cells = new(clock, views => views.Length * BytesPerView, MostBytesOfViews);
    private readonly SemaphoreSlim _listing = new(1);
    private readonly RunIndex _runs = new(plans.FindAsync);
    private IReadOnlyList<string> _names = [];
    private long? _listedAt;

    /// <summary>
    /// Every started sweep, newest first, after those that cannot be read: each of these is a row that says so, and keeps no other from
    /// being listed.
    /// </summary>
    public async Task<IReadOnlyList<SweepStatus>> ListAsync(CancellationToken cancellationToken = default)
    {
        SweepStatus?[] statuses = await Task.WhenAll((await NamesAsync(anew: false, cancellationToken)).Select(ListOneAsync));
        return
        [
            .. statuses.OfType<SweepStatus>().OrderBy(s => s.Damage is null).ThenByDescending(s => s.Started)
                .ThenBy(s => s.Sweep, StringComparer.Ordinal),
        ];
    }

    /// <summary>Sweeps that could not be read when they were last listed.</summary>
    public IReadOnlyList<SweepStatus> Damaged => _damaged.All;

    /// <summary>The status, or null when no such sweep was started.</summary>
    /// <exception cref="SpecException">The text is not a sweep id.</exception>
    public async Task<SweepStatus?> FindAsync(string sweep)
    {
        string id = SweepId.Parse(sweep).Value;
        if (_over.TryGetValue(id, out (SweepStatus Status, long At) over) && clock.GetElapsedTime(over.At) < OverFor)
        {
            return over.Status;
        }

        _over.TryRemove(id, out _);

        SweepStatus? status = await AskAsync(id);
        if (status is { Ended: not null } && (status.Reported || status.Stage != SweepStage.Finished))
        {
            _over[id] = (status, clock.GetTimestamp());
        }

        return status;
    }

    public void Dispose()
    {
        _listing.Dispose();
        _cells.Dispose();
        _runs.Dispose();
    }

    /// <summary>A command may have changed the sweep: its status is asked for anew.</summary>
    public void Forget(string sweep) => _over.TryRemove(sweep, out _);

    public async Task<SweepStatus> GetAsync(string sweep) =>
        await FindAsync(sweep) ?? throw new NotFoundException($"There is no sweep '{sweep}'; GET /api/v1/sweeps lists those there are.");

    public async Task<Plan> GetPlanAsync(string sweep, CancellationToken cancellationToken) =>
        await plans.FindAsync(sweep, cancellationToken) ?? throw new NotFoundException($"Sweep '{sweep}' has no plan in the store.");

    /// <summary>Every fold, then the ablation points of the chosen folds; while the sweep runs, as they were a moment ago.</summary>
    public async Task<CellView[]> GetCellsAsync(SweepStatus status, CancellationToken cancellationToken)
    {
        string version = VersionOf(status);
        return (await _cells.GetAsync(status.Sweep, version, status.Ended is not null, () => ReadCellsAsync(status), cancellationToken)).Value;
    }

    /// <summary>Changes with everything that is computed from a sweep's outcomes; a retried run may leave their number as it was.</summary>
    public static string VersionOf(SweepStatus status) =>
        $"{status.Completed}/{status.Failed}/{status.Cancelled}/{status.Choice is not null}/{status.Tuning is not null}";

    /// <summary>The runs of all sweeps whose ids start with the digits.</summary>
    /// <exception cref="SpecException">The text names no run.</exception>
    public async Task<IReadOnlyList<RunPlace>> FindRunsAsync(string digits, CancellationToken cancellationToken)
    {
        RunLookup.CheckDigits(digits);
        IReadOnlyList<RunPlace> found = await FindRunsAsync(await NamesAsync(anew: false, cancellationToken), digits, cancellationToken);
        return found.Count > 0 ? found : await FindRunsAsync(await NamesAsync(anew: true, cancellationToken), digits, cancellationToken);
    }

    /// <exception cref="NotFoundException">No sweep plans the run.</exception>
    public async Task RequireRunAsync(RunId run, CancellationToken cancellationToken)
    {
        if ((await FindRunsAsync(run.Value, cancellationToken)).Count == 0)
        {
            throw new NotFoundException($"No sweep plans run {run}; 'advseg runs SWEEP' lists the runs of a sweep.");
        }
    }

    /// <exception cref="DamagedException">What is stored of the sweep cannot be read.</exception>
    private async Task<SweepStatus?> AskAsync(string id)
    {
        try
        {
            SweepStatus? status = await grains.GetGrain<ISweepGrain>(id).GetStatus();
            _damaged.Forget(id);
            return status;
        }
        catch (Exception e) when (e is not DamagedException && DamagedException.In(e) is { } damage)
        {
            // A grain whose own state cannot be read fails before any of its code runs, and Orleans says that in its way.
            throw new DamagedException(damage.Message, e);
        }
    }

    /// <summary>One that was damaged a moment ago is not asked again: each question costs a start of its grain and lines of log.</summary>
    private async Task<SweepStatus?> ListOneAsync(string id)
    {
        if (_damaged.Find(id) is { } known)
        {
            return known;
        }

        try
        {
            return await FindAsync(id);
        }
        catch (DamagedException e)
        {
            return _damaged.Note(id, e.Message);
        }
    }

    private async Task<IReadOnlyList<RunPlace>> FindRunsAsync(IReadOnlyList<string> names, string digits, CancellationToken cancellationToken)
    {
        DamagedException? damage = null;
        SortedDictionary<string, List<string>> found = new(StringComparer.Ordinal);
        foreach (string sweep in names)
        {
            IReadOnlyList<string> runs = [];
            try
            {
                runs = await _runs.FindAsync(sweep, digits, cancellationToken);
            }
            catch (DamagedException e)
            {
                damage = e;
            }

            foreach (string run in runs)
            {
                if (!found.TryGetValue(run, out List<string>? sweeps))
                {
                    found[run] = sweeps = [];
                }

                sweeps.Add(sweep);
            }
        }

        return found.Count == 0 && damage is not null
            ? throw new DamagedException($"No sweep that can be read plans a run {digits}, and: {damage.Message}", damage)
            : [.. found.Select(f => new RunPlace(f.Key, f.Value))];
    }

    private async Task<CellView[]> ReadCellsAsync(SweepStatus status)
    {
        Plan plan = await GetPlanAsync(status.Sweep, CancellationToken.None);
        IEnumerable<Task<CellView?>> folds = plan.Folds.Select(f => grains.GetGrain<IFoldGrain>($"{plan.Sweep}/{f.Index}").GetView());
        IEnumerable<Task<CellView?>> points =
            from fold in status.Choice?.Folds ?? []
            from level in Enumerable.Range(0, plan.Folds[fold].LevelPositives.Count)
            select grains.GetGrain<IAblationPointGrain>($"{plan.Sweep}/{fold}/{level}").GetView();
        return [.. (await Task.WhenAll([.. folds, .. points])).OfType<CellView>()];
    }

    /// <param name="anew">Whether to list again, to find a sweep that was submitted since the last listing.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async Task<IReadOnlyList<string>> NamesAsync(bool anew, CancellationToken cancellationToken)
    {
        await _listing.WaitAsync(cancellationToken);
        try
        {
            if (anew || _listedAt is not { } at || clock.GetElapsedTime(at) > ListedFor)
            {
                List<string> names = [];
                await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.Sweeps, cancellationToken))
                {
                    if (ArtifactKeys.SweepOfPlan(info.Key) is { } sweep)
                    {
                        names.Add(sweep);
                    }
                }

                (_names, _listedAt) = (names, clock.GetTimestamp());
            }

            return _names;
        }
        finally
        {
            _listing.Release();
        }
    }
}
