using AdvSeg.Core.Cohorts;

namespace AdvSeg.Imaging.Imports;

/// <summary>What datasets call the paper's channels and classes. picai_prep writes ADC as "CT", which keeps nnU-Net from normalising it.</summary>
internal static class KnownNames
{
    private const string AdcOfPicaiPrep = "CT";

    private static readonly (string Name, string[] Others)[] Channels =
    [
        (CohortLayout.Paper.Channels[0], ["T2w", "T2", "T2-w", "T2 weighted", "T2-weighted"]),
        (CohortLayout.Paper.Channels[1], ["ADC"]),
        (CohortLayout.Paper.Channels[2], ["HBV", "DWI", "high b-value"]),
    ];

    private static readonly (string Name, string[] Others)[] Classes =
    [
        (CohortLayout.Paper.Classes[0], ["background"]),
        (CohortLayout.Paper.Classes[1], ["tumour", "tumor", "lesion", "csPCa", "cancer"]),
        (CohortLayout.PeripheralZone, ["peripheral-zone", "peripheral zone", "peripheral_zone", "PZ"]),
        (CohortLayout.TransitionZone, ["transition-zone", "transition zone", "transition_zone", "TZ"]),
    ];

    /// <summary>The cohort's name of a channel; null where it may be anything. "b=800" is b800, whatever stands between.</summary>
    /// <param name="name">In the dataset.</param>
    /// <param name="first">The first channel that is asked for: beside T2w, CT is picai_prep's ADC.</param>
    public static string? OfChannel(string name, string first) =>
        Is(name, AdcOfPicaiPrep) && Find(Channels, first) == CohortLayout.Paper.Channels[0] ? CohortLayout.Paper.Channels[1]
        : BValue(name) is { } value ? $"b{value}"
        : Find(Channels, name);

    /// <summary>The paper's name of a class; null where it is none of the paper's.</summary>
    public static string? OfClass(string name) => Find(Classes, name);

    private static string? BValue(string name)
    {
        string digits = name.Length > 0 && name[0] is 'b' or 'B' ? name[1..].TrimStart('=', '-', '_', ' ') : "";
        return digits.Length > 0 && digits.All(char.IsAsciiDigit) ? digits : null;
    }

    private static string? Find((string Name, string[] Others)[] all, string name) =>
        all.FirstOrDefault(known => Array.Exists(known.Others, other => Is(other, name))).Name;

    private static bool Is(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}
