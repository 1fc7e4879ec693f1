using System.Runtime.ExceptionServices;

namespace AdvSeg.Storage.Folder;

/// <summary>
/// Makes names in directories durable, one flush at a time per directory: calls that come while one is under way share the next. Each
/// returns after a flush that began after its call.
/// </summary>
/// <param name="flushDirectory">Flushes one directory.</param>
internal sealed class SharedSyncs(Action<string> flushDirectory)
{
    private readonly Lock _gate = new();

    /// <summary>Flushes that have not begun; calls that come now share them.</summary>
    private readonly Dictionary<string, Flush> _next = [];

    private readonly Dictionary<string, Flush> _flushing = [];

    /// <exception cref="IOException">The disk refuses; everybody who shared the flush hears it.</exception>
    public void Sync(string directory)
    {
        (Flush flush, Flush? before, bool isOwn) = Join(directory);
        if (!isOwn)
        {
            flush.Wait();
            flush.Failure?.Throw();
            return;
        }

        before?.Wait();
        lock (_gate)
        {
            // From here on a name may come too late for this flush, so no further call shares it.
            _next.Remove(directory);
            _flushing[directory] = flush;
        }

        try
        {
            flushDirectory(directory);
        }
        catch (Exception e)
        {
            flush.Failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
        finally
        {
            lock (_gate)
            {
                _flushing.Remove(directory);
            }

            flush.End();
        }
    }

    /// <returns>A flush that has not begun, the one to wait for before it begins, and whether the caller carries it out.</returns>
    private (Flush Flush, Flush? Before, bool IsOwn) Join(string directory)
    {
        lock (_gate)
        {
            if (_next.TryGetValue(directory, out Flush? shared))
            {
                return (shared, null, false);
            }

            var own = new Flush();
            _next[directory] = own;
            return (own, _flushing.GetValueOrDefault(directory), true);
        }
    }

    /// <summary>Only calls that share this flush wait for it: one place for all directories would wake every writer at every flush.</summary>
    private sealed class Flush
    {
        private readonly object _changed = new();
        private bool _hasEnded;

        /// <summary>Set before the end.</summary>
        public ExceptionDispatchInfo? Failure { get; set; }

        public void End()
        {
            lock (_changed)
            {
                _hasEnded = true;
                Monitor.PulseAll(_changed);
            }
        }

        public void Wait()
        {
            lock (_changed)
            {
                while (!_hasEnded)
                {
                    Monitor.Wait(_changed);
                }
            }
        }
    }
}
