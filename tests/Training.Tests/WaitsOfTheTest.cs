namespace AdvSeg.Training.Tests;

/// <summary>A clock whose waits the test is: who waits for a time calls the function instead.</summary>
internal sealed class WaitsOfTheTest(Action wait) : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        wait();
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
