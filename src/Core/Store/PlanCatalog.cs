using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;

namespace AdvSeg.Core.Store;

/// <summary>
/// Plans never change once stored, so one copy per process serves everybody. Those used last are kept, up to a number of runs: a plan's
/// memory is that of its runs, and sweeps are never deleted.
/// </summary>
/// <param name="store">Where plans are.</param>
/// <param name="mostRuns">How many runs the kept plans have together. The plan used last is kept however large it is.</param>
public sealed class PlanCatalog(IArtifactStore store, int mostRuns = 200_000) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _reading = new(1);
    private readonly Dictionary<string, LinkedListNode<(string Sweep, Plan Plan)>> _plans = [];

    /// <summary>The plan used last comes last.</summary>
    private readonly LinkedList<(string Sweep, Plan Plan)> _used = [];
    private int _runs;

    /// <exception cref="SpecException">The sweep has no plan, or it cannot be read.</exception>
    public async Task<Plan> GetAsync(string sweep, CancellationToken cancellationToken = default) =>
        await FindAsync(sweep, cancellationToken) ?? throw new SpecException($"there is no sweep '{sweep}'.");

    /// <summary>The plan, or null when the sweep has none.</summary>
    /// <exception cref="SpecException">The text is no sweep id, or the plan cannot be read.</exception>
    public async Task<Plan?> FindAsync(string sweep, CancellationToken cancellationToken = default) =>
        Known(sweep) ?? await ReadAsync(sweep, cancellationToken);

    /// <summary>One at a time: many who ask for one large plan get one copy of it.</summary>
    private async Task<Plan?> ReadAsync(string sweep, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            return Known(sweep)
                ?? (await store.FindPlanAsync(SweepId.Parse(sweep), cancellationToken) is { } read ? Keep(sweep, read) : null);
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();

    private Plan? Known(string sweep)
    {
        lock (_lock)
        {
            return _plans.TryGetValue(sweep, out LinkedListNode<(string, Plan)>? node) ? Use(node) : null;
        }
    }

    /// <summary>Keeps a plan, unless another reader was faster: then that one's is used.</summary>
    private Plan Keep(string sweep, Plan plan)
    {
        lock (_lock)
        {
            if (_plans.TryGetValue(sweep, out LinkedListNode<(string, Plan)>? known))
            {
                return Use(known);
            }

            _plans[sweep] = _used.AddLast((sweep, plan));
            _runs += plan.Runs.Count;
            while (_runs > mostRuns && _used.Count > 1)
            {
                (string oldest, Plan unused) = _used.First!.Value;
                _used.RemoveFirst();
                _plans.Remove(oldest);
                _runs -= unused.Runs.Count;
            }

            return plan;
        }
    }

    private Plan Use(LinkedListNode<(string Sweep, Plan Plan)> node)
    {
        _used.Remove(node);
        _used.AddLast(node);
        return node.Value.Plan;
    }
}
