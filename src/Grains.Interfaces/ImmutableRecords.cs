using AdvSeg.Core.Explaining;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;
using Orleans.Serialization.Cloning;

namespace AdvSeg.Grains.Interfaces;

/// <summary>
/// Records that grain calls within a process pass without a copy. Orleans copies every argument and answer, and it copies a plain record by writing
/// and reading its JSON. These records are passed most often; they never change after they are made, and their lists are made for one call.
/// </summary>
internal sealed class ImmutableRecords : IGeneralizedCopier
{
    private static readonly HashSet<Type> Types =
    [
        typeof(CellRow),
        typeof(CellRuns),
        typeof(CellView),
        typeof(ProgressBatch),
        typeof(RunPage),
        typeof(RunProgress),
        typeof(SettledRun),
        typeof(SweepStatus),
        typeof(Why),
    ];

    public bool IsSupportedType(Type type) => Types.Contains(type);

    public object? DeepCopy(object? input, CopyContext context) => input;
}
