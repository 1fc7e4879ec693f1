namespace AdvSeg.Core.Errors;

/// <summary>The numbers that a setting may have. Rules refuse the others, and the schema of sweep files tells editors the same.</summary>
/// <param name="Low">The lowest.</param>
/// <param name="High">The highest.</param>
/// <param name="IsLowOpen">The lowest itself is refused.</param>
/// <param name="IsHighOpen">The highest itself is refused.</param>
internal sealed record Limit(double Low, double High, bool IsLowOpen = false, bool IsHighOpen = false)
{
    /// <summary>For messages: "use 1 to 100".</summary>
    public string Remedy => (IsLowOpen, IsHighOpen) switch
    {
        (false, false) => $"use {Low} to {High}",
        (true, false) => $"use a number above {Low}, at most {High}",
        (false, true) => $"use {Low} or more, less than {High}",
        (true, true) => $"use more than {Low}, less than {High}",
    };

    /// <summary>False for NaN.</summary>
    public bool Holds(double value) => (IsLowOpen ? value > Low : value >= Low) && (IsHighOpen ? value < High : value <= High);
}
