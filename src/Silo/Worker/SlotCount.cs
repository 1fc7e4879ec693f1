using AdvSeg.Core.Runs;

namespace AdvSeg.Silo.Worker;

/// <summary>
/// How many runs a worker trains at a time: as many as it was given, fewer once a measured table says that they do not fit into memory together,
/// and fewer again once runs have run out of memory together. Only trying shows it for certain, because what a run takes depends on the library's
/// version and on what else uses the device.
/// </summary>
/// <param name="most">As given, at least 1.</param>
/// <param name="logger">Told when the count falls.</param>
public sealed partial class SlotCount(int most, ILogger logger)
{
    private readonly int _given = most;
    private int _now = most;

    public int Now => Volatile.Read(ref _now);

    /// <summary>
    /// An attempt ended while so many, itself included, were in memory. Where memory did not suffice for that many, one fewer is trained from now
    /// on; attempts that failed together lower the count once. A run that was alone changes nothing: it needs more than there is, whatever the count.
    /// </summary>
    public void LowerAfter(AttemptEnding ending, string run, int held)
    {
        if (ending is AttemptEnding.Failed { Failure: FailureClass.GpuOutOfMemory or FailureClass.HostOutOfMemory } && held >= 2
            && Lower(held - 1))
        {
            LogFewer(logger, run, held - 1, _given);
        }
    }

    /// <summary>Called before a run is trained: so many runs of its size fit into memory; null: nobody knows.</summary>
    public void LowerTo(int? fitting, string run, double megabytes)
    {
        if (fitting is { } now && Lower(now))
        {
            LogBudget(logger, run, now, megabytes, _given);
        }
    }

    /// <returns>Whether the count was higher.</returns>
    private bool Lower(int to)
    {
        for (int before = Now; to < before;)
        {
            int found = Interlocked.CompareExchange(ref _now, to, before);
            if (found == before)
            {
                return true;
            }

            before = found;
        }

        return false;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "By the measured table {Now} runs of the size of run {Run} fit into {Megabytes:0} MB: this "
        + "worker trains as many of its {Slots} slots at a time from now on")]
    private static partial void LogBudget(ILogger logger, string run, int now, double megabytes, int slots);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} ran out of memory beside others: this worker trains {Now} of {Slots} runs "
        + "at a time from now on; start it with fewer --slots to avoid the failed attempt")]
    private static partial void LogFewer(ILogger logger, string run, int now, int slots);
}
