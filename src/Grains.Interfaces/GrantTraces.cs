using AdvSeg.Core.Telemetry;

namespace AdvSeg.Grains.Interfaces;

/// <summary>
/// A grant names the span of its attempt, but only for a worker of this version or later: an older one would refuse a record with a member that
/// it does not know. The worker says so in Orleans' request context, because an older scheduler ignores what it does not know there.
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
