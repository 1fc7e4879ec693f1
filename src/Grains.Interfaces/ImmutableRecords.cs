using AdvSeg.Core.Explaining;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;
using Orleans.Serialization.Cloning;

namespace AdvSeg.Grains.Interfaces;

/// <summary>
/// Records that cross within a process as they are. Orleans copies every argument and answer, a plain record by writing and reading its JSON;
/// these are asked for most often, nothing of them can be set after they are made, and their lists are made for the one call.
/// </summary>
internal sealed class ImmutableRecords : IGeneralizedCopier
{
    public static IReadOnlySet<Type> Types { get; } = new HashSet<Type>
    {
        typeof(CellRuns),
        typeof(CellView),
        typeof(ProgressBatch),
        typeof(RunPage),
        typeof(RunProgress),
        typeof(SettledRun),
        typeof(SweepStatus),
        typeof(Why),
    };

    public bool IsSupportedType(Type type) => Types.Contains(type);

    public object? DeepCopy(object? input, CopyContext context) => input;
}
