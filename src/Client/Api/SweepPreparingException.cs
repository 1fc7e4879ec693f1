using AdvSeg.Client.Cli;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Client.Api;

/// <summary>The sweep has not started: the server renders its phantoms first and then starts it. A caller that can wait asks again.</summary>
internal sealed class SweepPreparingException(SweepPreparation now) : UnreachableServerException(TextOf(now))
{
    public SweepPreparation Now => now;

    private static string TextOf(SweepPreparation now) => now.Patients == 0
        ? $"Sweep {now.Sweep} is being prepared: its phantom waits for others to be rendered."
        : $"Sweep {now.Sweep} is being prepared: {now.Done} of {now.Patients} patients are rendered.";
}
