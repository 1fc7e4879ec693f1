namespace AdvSeg.Core.Cohorts;

/// <summary>What a cohort holds of every slice: what networks read and tell apart.</summary>
/// <param name="Channels">Names of the images, 1 to 8.</param>
/// <param name="Classes">Names of the values in label maps, 2 to 16: background, the target (tumour), then any others.</param>
public sealed record CohortLayout(IReadOnlyList<string> Channels, IReadOnlyList<string> Classes)
{
    public const int MostChannels = 8;
    public const int MostClasses = 16;
    public const string PeripheralZone = "peripheral-zone";
    public const string TransitionZone = "transition-zone";

    /// <summary>Kohl et al. 2017, section 3.</summary>
    public static CohortLayout Paper { get; } = new(["T2w", "ADC", "b1500"], ["background", "tumour", PeripheralZone, TransitionZone]);

    /// <summary>Images and class maps side by side, as the discriminator sees them.</summary>
    public int Planes => Channels.Count + Classes.Count;

    /// <summary>There is a class besides background and tumour.</summary>
    public bool TellsGland => Classes.Count > 2;

    /// <summary>What a manifest writes: null for the paper's classes, so that cohorts from before classes had names keep their digests.</summary>
    public IReadOnlyList<string>? ClassesIfNotPaper => Classes.SequenceEqual(Paper.Classes) ? null : Classes;

    /// <summary>Fits a manifest from before cohorts could name classes: its channels were the paper's whatever their names.</summary>
    public bool MayBeOfBefore => ClassesIfNotPaper is null && Channels.Count == Paper.Channels.Count;

    /// <summary>The value of a class; null where the cohort has none of that name.</summary>
    public byte? ValueOf(string name)
    {
        int at = Classes.TakeWhile(other => other != name).Count();
        return at == Classes.Count ? null : (byte)at;
    }

    public bool Equals(CohortLayout? other) =>
        other is not null && Channels.SequenceEqual(other.Channels) && Classes.SequenceEqual(other.Classes);

    public override int GetHashCode() => HashCode.Combine(Channels.Count, Classes.Count);

    public override string ToString() => $"channels {string.Join(", ", Channels)} and classes {string.Join(", ", Classes)}";
}
