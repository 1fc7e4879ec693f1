using System.Runtime.ExceptionServices;

namespace AdvSeg.Storage.Folder;

/// <summary>
/// Makes names in directories durable, one flush at a time per directory: calls that come while one is under way share the next. Each
/// returns after a flush that began after its call.
/// </summary>
/// <param name="flushDirectory">Flushes one directory.</param>
internal sealed class SharedSyncs(Action<string> flushDirectory)
{
    private readonly object _gate = new();
    private readonly Dictionary<string, Flush> _next = [];
    private readonly HashSet<string> _flushing = [];

    /// <exception cref="IOException">The disk refuses; everybody who shared the flush hears it.</exception>
    public void Sync(string directory)
    {
        if (Join(directory) is not { } flush)
        {
            return;
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
                flush.HasEnded = true;
                _flushing.Remove(directory);
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <returns>The flush that the caller has to carry out; null when another has done it.</returns>
    private Flush? Join(string directory)
    {
        lock (_gate)
        {
            if (_next.TryGetValue(directory, out Flush? shared))
            {
                while (!shared.HasEnded)
                {
                    Monitor.Wait(_gate);
                }

                shared.Failure?.Throw();
                return null;
            }

            var own = new Flush();
            _next[directory] = own;
            while (!_flushing.Add(directory))
            {
                Monitor.Wait(_gate);
            }

            // From here on a name may come too late for it.
            _next.Remove(directory);
            return own;
        }
    }

    private sealed class Flush
    {
        public bool HasEnded { get; set; }

        public ExceptionDispatchInfo? Failure { get; set; }
    }
}
