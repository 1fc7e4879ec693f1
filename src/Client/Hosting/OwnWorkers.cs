using AdvSeg.Core.Errors;
using AdvSeg.Silo.Settings;

namespace AdvSeg.Client.Hosting;

/// <summary>What trains in this process.</summary>
/// <param name="Slots">Runs at the same time; null is the default: one per core, one on a GPU.</param>
/// <param name="Gpu">The GPU that trains them, as nvidia-smi numbers them; null: the CPU.</param>
/// <param name="Precision">Of the GPU: fp32, tf32 or bf16.</param>
/// <param name="Graph">A step on that GPU is one recorded CUDA graph.</param>
/// <param name="MemoryTable">
/// results.json of <c>eng/gpu run</c>: no more runs at a time than it says fit into memory; null: the limit is found by trying.
/// </param>
internal sealed record OwnWorkers(int? Slots, int? Gpu = null, string? Precision = null, bool Graph = false, string? MemoryTable = null)
{
    /// <exception cref="SpecException">There is no such GPU here, a precision is given without one, or the table cannot be read.</exception>
    public SiloSettings Apply(SiloSettings settings)
    {
        SiloSettings device = Gpu is { } index
            ? GpuDevice.Use(settings, index, Precision, Graph)
            : Precision is not null
            ? throw new SpecException($"--precision {Precision} is for a GPU; give --gpu INDEX too, or leave it out: the CPU computes in fp32.")
            : Graph
            ? throw new SpecException("--graph is for a GPU; give --gpu INDEX too, or leave it out: a CPU has no graphs of its steps.")
            : settings;
        SiloSettings limited = MemoryTable is { } table ? device with { Memory = MemoryBudget.Read(table, Gpu, Graph) } : device;
        return Slots is { } count ? limited with { Slots = GpuDevice.SlotsOf(count, Graph) } : limited;
    }
}
