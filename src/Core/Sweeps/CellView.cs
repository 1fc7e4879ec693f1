namespace AdvSeg.Core.Sweeps;

/// <summary>One fold or ablation point: its runs per variant and the mean held-out scores so far.</summary>
public sealed record CellView
{
    public required int Fold { get; init; }

    /// <summary>Index into the ablation levels; null for the fold itself.</summary>
    public int? Level { get; init; }

    public required int TrainPositives { get; init; }

    public required int TrainNegatives { get; init; }

    public required int SelectPatients { get; init; }

    public required int TestPatients { get; init; }

    public required string SplitDigest { get; init; }

    public required IReadOnlyList<CellVariant> Variants { get; init; }

    /// <summary>Completed runs whose results are missing or cannot be read, and so are in no score; null when there are none.</summary>
    public IReadOnlyList<string>? Lost { get; init; }
}

/// <summary>One variant in a cell: k of K runs settled as completed; means over its completed runs and their tumour patients.</summary>
public sealed record CellVariant(string Variant, int Completed, int Planned, double? Dice, double? Sensitivity);
