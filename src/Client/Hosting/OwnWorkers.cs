using AdvSeg.Core.Errors;
using AdvSeg.Silo.Settings;

namespace AdvSeg.Client.Hosting;

/// <summary>What trains in this process.</summary>
/// <param name="Slots">Runs at the same time; null is the default: one per core, one on a GPU.</param>
/// <param name="Gpu">The GPU that trains them, as nvidia-smi numbers them; null: the CPU.</param>
/// <param name="Precision">Of the GPU: fp32, tf32 or bf16.</param>
internal sealed record OwnWorkers(int? Slots, int? Gpu = null, string? Precision = null)
{
    /// <exception cref="SpecException">There is no such GPU here, or a precision is given without one.</exception>
    public SiloSettings Apply(SiloSettings settings)
    {
        SiloSettings device = Gpu is { } index
            ? GpuDevice.Use(settings, index, Precision)
            : Precision is null
            ? settings
            : throw new SpecException($"--precision {Precision} is for a GPU; give --gpu INDEX too, or leave it out: the CPU computes in fp32.");
        return Slots is { } count ? device with { Slots = count } : device;
    }
}
