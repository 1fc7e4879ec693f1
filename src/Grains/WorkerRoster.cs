using AdvSeg.Core;
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
            _workers[request.Worker] = new Entry(request, now, known?.Draining ?? false);
        }
    }

    public void Renewed(RenewRequest request, DateTimeOffset now)
    {
        if (_workers.TryGetValue(request.Worker, out Entry? entry))
        {
            _workers[request.Worker] = entry with { LastCall = now, Draining = request.Draining };
        }
    }

    /// <summary>No newer call of the same worker has come.</summary>
    public bool IsCurrent(LeaseRequest request) => _workers.TryGetValue(request.Worker, out Entry? entry) && entry.Request.Sequence == request.Sequence;

    public void Prune(DateTimeOffset now)
    {
        foreach (string worker in _workers.Where(w => now - w.Value.LastCall > Forgotten).Select(w => w.Key).ToList())
        {
            _workers.Remove(worker);
        }
    }

    public IReadOnlyList<WorkerView> View(IReadOnlyCollection<Lease> leases, DateTimeOffset now) =>
    [
        .. from entry in _workers.Values
           where now - entry.LastCall <= Forgotten
           let runs = leases.Where(l => l.Worker == entry.Request.Worker).Select(l => l.Run).ToArray()
           orderby entry.Request.Worker
           select new WorkerView(entry.Request.Worker, entry.Request.Numerics, entry.Request.Canary, entry.Request.Slots, runs.Length, entry.Draining, runs),
    ];

    private sealed record Entry(LeaseRequest Request, DateTimeOffset LastCall, bool Draining);
}
