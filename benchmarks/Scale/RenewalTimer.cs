using System.Globalization;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Scale;

/// <summary>Says on stdout how long each renewal of a worker's leases took.</summary>
internal sealed class RenewalTimer(TimeProvider clock) : IOutgoingGrainCallFilter
{
    public async Task Invoke(IOutgoingGrainCallContext context)
    {
        if (context.MethodName != nameof(ISchedulerGrain.Renew))
        {
            await context.Invoke();
            return;
        }

        long start = clock.GetTimestamp();
        bool answered = false;
        try
        {
            await context.Invoke();
            answered = true;
        }
        finally
        {
            string milliseconds = clock.GetElapsedTime(start).TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture);
            Console.WriteLine($"{(answered ? ChildProcess.Renewed : ChildProcess.NotRenewed)} {milliseconds}");
        }
    }
}
