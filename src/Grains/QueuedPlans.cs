using AdvSeg.Core.Errors;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>
/// The plans of the sweeps in the queue, in memory: the queue's decisions cannot wait for the store. Lives on one grain's scheduler, so it needs no
/// lock.
/// </summary>
internal sealed partial class QueuedPlans(PlanCatalog catalog, ILogger logger)
{
    private readonly Dictionary<string, Plan> _plans = [];

    /// <summary>The plan of a sweep in the queue.</summary>
    public Plan this[string sweep] => _plans[sweep];

    /// <summary>To be called in the turn in which the sweep enters the queue: <see cref="KeepOnly"/> forgets the plan of every other sweep.</summary>
    public void Keep(string sweep, Plan plan) => _plans[sweep] = plan;

    /// <returns>
    /// False when the plan cannot be read. That throws nothing: one sweep whose files were removed must not keep every other from running.
    /// </returns>
    public async Task<bool> TryLoadAsync(string sweep)
    {
        try
        {
            Keep(sweep, await catalog.GetAsync(sweep));
            return true;
        }
        catch (SpecException e)
        {
            LogPlanMissing(logger, e, sweep);
            return false;
        }
    }

    /// <summary>Forgets the plans of sweeps that have left the queue.</summary>
    public void KeepOnly(IReadOnlyCollection<SweepQueue> sweeps)
    {
        if (_plans.Count > sweeps.Count)
        {
            HashSet<string> queued = [.. sweeps.Select(s => s.Sweep)];
            foreach (string sweep in _plans.Keys.Where(s => !queued.Contains(s)).ToList())
            {
                _plans.Remove(sweep);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Sweep {Sweep} leaves the queue: its plan cannot be read")]
    private static partial void LogPlanMissing(ILogger logger, Exception exception, string sweep);
}
