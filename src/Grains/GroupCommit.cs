namespace AdvSeg.Grains;

/// <summary>
/// One write at a time; calls that come while one is under way share the next. Each caller returns after a write that began after its
/// call. Lives on one grain's scheduler, so it needs no lock.
/// </summary>
internal sealed class GroupCommit(Func<Task> write)
{
    private Task _current = Task.CompletedTask;
    private Task? _next;

    public Task CommitAsync() => _next ??= WriteAfterAsync(_current);

    private async Task WriteAfterAsync(Task previous)
    {
        // The yield lets every change of this turn join the write, and lets _next be assigned.
        await Task.Yield();
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _current = _next!;
        _next = null;
        await write();
    }
}
