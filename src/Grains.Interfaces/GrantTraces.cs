using AdvSeg.Core.Telemetry;

namespace AdvSeg.Grains.Interfaces;

/// <summary>
/// A grant names the span of its attempt only if the worker understands it: an older worker refuses a record with a member that it does not know. A
/// worker announces that it understands in Orleans' request context, because an older scheduler ignores unknown entries there.
/// </summary>
public static class GrantTraces
{
    private const string Key = "advseg.grant-traces";

    /// <summary>Whether the worker whose call asks for leases has announced that it understands.</summary>
    public static bool AreUnderstood => RequestContext.Get(Key) is true;

    /// <summary>Announces it in every grain call that this async flow makes from now on; does nothing where nothing is traced.</summary>
    public static void Understand()
    {
        if (Traces.IsOn)
        {
            RequestContext.Set(Key, true);
        }
    }
}
