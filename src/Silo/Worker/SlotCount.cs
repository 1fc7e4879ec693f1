using AdvSeg.Core.Runs;

namespace AdvSeg.Silo.Worker;

/// <summary>
/// How many runs a worker trains at a time: as many as it was given, and fewer once they did not fit into memory together. Which fit is known
/// only by trying, because what a run takes depends on the library's version and on what else uses the device.
/// </summary>
/// <param name="most">As given, at least 1.</param>
/// <param name="logger">Told when the count falls.</param>
public sealed partial class SlotCount(int most, ILogger logger)
{
    private readonly int _given = most;
    private int _now = most;

    public int Now => Volatile.Read(ref _now);

    /// <summary>
    /// An attempt ended while so many, itself included, were trained. Where memory did not suffice for that many, one fewer is trained from now
    /// on; attempts that failed together lower the count once. A run alone needs more than there is, whatever the count.
    /// </summary>
    public void LowerAfter(AttemptEnding ending, string run, int held)
    {
        if (ending is AttemptEnding.Failed { Failure: FailureClass.GpuOutOfMemory or FailureClass.HostOutOfMemory } && held >= 2)
        {
            int before = Now;
            while (held - 1 < before)
            {
                int found = Interlocked.CompareExchange(ref _now, held - 1, before);
                if (found == before)
                {
                    LogFewer(logger, run, held - 1, _given);
                    return;
                }

                before = found;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Run {Run} ran out of memory beside others: this worker trains {Now} of {Slots} runs "
        + "at a time from now on; start it with fewer --slots to avoid the failed attempt")]
    private static partial void LogFewer(ILogger logger, string run, int now, int slots);
}
