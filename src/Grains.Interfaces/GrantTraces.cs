using AdvSeg.Core.Telemetry;

namespace AdvSeg.Grains.Interfaces;

/// <summary>
/// A grant names the span that its attempt belongs to, but only to a worker that says it can read that: a record with a member that is not
/// known is refused. It is said in Orleans' request context, which a peer that does not know it ignores.
/// </summary>
public static class GrantTraces
{
    private const string Key = "advseg.grant-traces";

    /// <summary>In a call that asks for leases: whether the worker said so.</summary>
    public static bool AreUnderstood => RequestContext.Get(Key) is true;

    /// <summary>Says so, in every grain call that this flow makes from now on; not where nothing is traced.</summary>
    public static void Understand()
    {
        if (Traces.IsOn)
        {
            RequestContext.Set(Key, true);
        }
    }
}
