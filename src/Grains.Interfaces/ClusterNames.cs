namespace AdvSeg.Grains.Interfaces;

/// <summary>Names that silos and clients of one cluster must share.</summary>
public static class ClusterNames
{
    /// <summary>Orleans' service id, and the first part of every key that membership has in Redis.</summary>
    public const string Service = "advseg";

    public const string DefaultCluster = "advseg";
}
