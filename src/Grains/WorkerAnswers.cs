using AdvSeg.Core.Scheduling;

namespace AdvSeg.Grains;

/// <summary>Waits, a bounded time, until a worker says what it was told. Lives on one grain's scheduler, so it needs no lock.</summary>
internal sealed class WorkerAnswers(WorkerRoster roster, TimeProvider clock)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private readonly Signal _called = new();

    /// <summary>A worker has called.</summary>
    public void Heard() => _called.Set();

    /// <summary>Until the worker says that it drains, or that it does not.</summary>
    public async Task<DrainReply> DrainAsync(string worker, bool drains)
    {
        DateTimeOffset deadline = clock.GetUtcNow() + Longest;
        for (Task called = _called.Next; roster.SaysDraining(worker) != drains; called = _called.Next)
        {
            TimeSpan left = deadline - clock.GetUtcNow();
            if (left <= TimeSpan.Zero)
            {
                return new DrainReply(worker, Acknowledged: false);
            }

            await Task.WhenAny(called, Task.Delay(left, clock));
        }

        return new DrainReply(worker, Acknowledged: true);
    }
}
