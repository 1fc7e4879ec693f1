using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;

namespace AdvSeg.Core.Telemetry;

/// <summary>
/// The trace of each sweep's submission, which everything done for the sweep belongs to, hours later and in other processes. A small artifact of its
/// own keeps it, because an older process would refuse a new member of a stored record or a message.
/// </summary>
public sealed class SweepTraces(IArtifactStore store)
{
    private readonly ConcurrentDictionary<string, ActivityContext> _known = new();

    /// <summary>The sweep is submitted in the current span. Where nothing is recorded, nothing is stored.</summary>
    public async Task KeepAsync(SweepId sweep)
    {
        if (Traces.IsOn && Activity.Current is { Recorded: true, IdFormat: ActivityIdFormat.W3C, Id: { } traceParent })
        {
            await OrElseAsync(() => store.TryCreateAsync(ArtifactKeys.Trace(sweep), Encoding.ASCII.GetBytes(traceParent)));
        }
    }

    /// <summary>The span that the sweep was submitted in, if it was traced and this process traces.</summary>
    public async ValueTask<ActivityContext> FindAsync(string sweep)
    {
        if (!Traces.IsOn)
        {
            return default;
        }

        if (!_known.TryGetValue(sweep, out ActivityContext context))
        {
            Artifact? kept = await OrElseAsync(() => store.GetAsync(ArtifactKeys.Trace(new SweepId(sweep))));
            _known[sweep] = context = Traces.ContextOf(kept is null ? null : Encoding.ASCII.GetString(kept.Data));
        }

        return context;
    }

    /// <summary>A trace is for people: a store that cannot keep or give it must not stop what is traced.</summary>
    private static async Task<T?> OrElseAsync<T>(Func<Task<T?>> call)
        where T : class
    {
        try
        {
            return await call();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
