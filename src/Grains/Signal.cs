namespace AdvSeg.Grains;

/// <summary>
/// Wakes whoever waits now, once. The next wait is armed before anybody is woken, and they run in turns of their own: woken inline,
/// a waiter that waits again would find the old, completed signal and spin.
/// </summary>
internal sealed class Signal
{
    private TaskCompletionSource _next = New();

    /// <summary>Completes at the next <see cref="Set"/>.</summary>
    public Task Next => _next.Task;

    /// <summary>Until the next <see cref="Set"/>, or for that time.</summary>
    public Task WaitAsync(TimeSpan atMost, TimeProvider clock) =>
        atMost > TimeSpan.Zero ? Task.WhenAny(Next, Task.Delay(atMost, clock)) : Task.CompletedTask;

    public void Set()
    {
        TaskCompletionSource now = _next;
        _next = New();
        now.SetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
