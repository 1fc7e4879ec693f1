namespace AdvSeg.Scale;

/// <summary>Asks for one page once a second, or as often as it is answered, and keeps how long each answer took.</summary>
internal sealed class Visitor(SweepClient client, Func<int, string> path, TimeProvider clock)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private readonly List<double> _milliseconds = [];

    /// <summary>Milliseconds until the last byte of each answer.</summary>
    public IReadOnlyList<double> Milliseconds => _milliseconds;

    /// <summary>Visits until cancelled; an answer that is under way is waited for and counted.</summary>
    public async Task VisitAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Period, clock);
        for (int visit = 0; await NextAsync(timer, stop); visit++)
        {
            long start = clock.GetTimestamp();
            await client.GetAsync(path(visit));
            _milliseconds.Add(clock.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private static async Task<bool> NextAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
