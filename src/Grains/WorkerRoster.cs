using AdvSeg.Core.Errors;
using AdvSeg.Core.Scheduling;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Grains;

/// <summary>The workers that called lately. Memory only: a worker that lives calls again within seconds.</summary>
internal sealed class WorkerRoster
{
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, Entry> _workers = [];

    public void Seen(LeaseRequest request, DateTimeOffset now)
    {
        Entry? known = _workers.GetValueOrDefault(request.Worker);
        if (known is null || known.Request.Sequence < request.Sequence)
        {
            _workers[request.Worker] = known is null
                ? new Entry(request, now, Draining: false, Asked: false, TakenBack: false)
                : known with { Request = request, LastCall = now };
        }
    }

    /// <returns>Whether the roster has the worker; if not, the worker must introduce itself.</returns>
    public bool Renewed(RenewRequest request, DateTimeOffset now)
    {
        if (!_workers.TryGetValue(request.Worker, out Entry? entry))
        {
            return false;
        }

        _workers[request.Worker] = entry with
        {
            LastCall = now,
            Draining = request.Draining,
            TakenBack = entry.TakenBack && request.Draining,
        };
        return true;
    }

    public void Utilise(string worker, IReadOnlyList<RunUtilisation> runs)
    {
        if (_workers.TryGetValue(worker, out Entry? entry))
        {
            _workers[worker] = entry with { Utilisation = runs };
        }
    }

    /// <summary>No newer call of the same worker has come.</summary>
    public bool IsCurrent(LeaseRequest request) =>
        _workers.TryGetValue(request.Worker, out Entry? entry) && entry.Request.Sequence == request.Sequence;

    /// <summary>The worker drains, or is asked to.</summary>
    public bool IsLeaving(string worker) => _workers.TryGetValue(worker, out Entry? entry) && (entry.Draining || entry.Asked);

    public bool SaysDraining(string worker) => _workers.TryGetValue(worker, out Entry? entry) && entry.Draining;

    /// <summary>The worker was told to drain, and is to lease again.</summary>
    public bool GoesOn(string worker) => _workers.TryGetValue(worker, out Entry? entry) && entry.TakenBack;

    /// <summary>Asks a worker to drain; its next renewal tells it. Returns its whole name.</summary>
    /// <exception cref="SpecException">No worker, or more than one, has a name that starts so.</exception>
    public string Drain(string start)
    {
        string name = Named(start);
        _workers[name] = _workers[name] with { Asked = true, TakenBack = false };
        return name;
    }

    /// <summary>Asks a worker to lease again; its next renewal tells it. Returns its whole name.</summary>
    /// <exception cref="SpecException">No worker, or more than one, has a name that starts so.</exception>
    public string Undrain(string start)
    {
        string name = Named(start);
        _workers[name] = _workers[name] with { Asked = false, TakenBack = true };
        return name;
    }

    private string Named(string start)
    {
        string[] names = [.. _workers.Keys.Order(StringComparer.Ordinal)];
        string[] found = names.Contains(start) ? [start] : [.. names.Where(n => n.StartsWith(start, StringComparison.Ordinal))];
        if (found is not [var name])
        {
            string there = names.Length == 0 ? "there are no workers" : $"the workers are {string.Join(", ", names)}";
            throw new SpecException(found.Length == 0
                ? $"There is no worker '{start}'; {there}."
                : $"'{start}' is the start of {found.Length} workers ({string.Join(", ", found)}); give more of the name.");
        }

        return name;
    }

    public void Prune(DateTimeOffset now)
    {
        foreach (string worker in _workers.Where(w => now - w.Value.LastCall > Forgotten).Select(w => w.Key).ToList())
        {
            _workers.Remove(worker);
        }
    }

    public IReadOnlyList<WorkerView> View(IReadOnlyCollection<Lease> leases, DateTimeOffset now)
    {
        ILookup<string, string> runs = leases.ToLookup(l => l.Worker, l => l.Run);
        return
        [
            .. from entry in _workers.Values
               where now - entry.LastCall <= Forgotten
               orderby entry.Request.Worker
               select entry.View([.. runs[entry.Request.Worker]]),
        ];
    }

    private sealed record Entry(LeaseRequest Request, DateTimeOffset LastCall, bool Draining, bool Asked, bool TakenBack)
    {
        public IReadOnlyList<RunUtilisation> Utilisation { get; init; } = [];

        public WorkerView View(IReadOnlyList<string> runs) =>
            new(
                Request.Worker,
                Request.Numerics,
                Request.Canary,
                Request.Slots,

                // Attempts that are storing their results hold leases and no slots.
                Math.Min(Request.Slots, runs.Count),
                Draining || Asked,
                runs)
            {
                Utilisation = [.. Utilisation.Where(used => runs.Contains(used.Run))],
            };
    }
}
