using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Client.Commands;

/// <summary><c>wait</c>: nothing but an exit code, for scripts.</summary>
internal static class WaitCommand
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private static readonly Option<int?> Timeout =
        Shared.Ranged<int?>("--timeout", "S", "Give up after so many seconds (default: never).", 0, 100_000_000);

    public static (Command Command, string Examples) Create()
    {
        var command = new Command(
            "wait",
            "Wait until a sweep is over. Exit codes: 0 finished without a failed run, 100 failed or stopped, 101 still unfinished after "
                + "--timeout, 102 not found, 103 cancelled.")
            { Shared.Sweep, Timeout, Shared.Server };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            TimeSpan? limit = parsed.GetValue(Timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            return await WaitAsync(api, Shared.SweepOf(parsed), limit, TimeProvider.System, cancellationToken);
        });
        return (command, "advseg wait demo-1a2b3c4d --timeout 3600 && advseg report demo-1a2b3c4d --output report");
    }

    private static async Task<int> WaitAsync(ApiClient api, string sweep, TimeSpan? limit, TimeProvider clock, CancellationToken cancellationToken)
    {
        long start = clock.GetTimestamp();
        while (true)
        {
            SweepStatus? status = await api.GetStatusAsync(sweep, cancellationToken);
            if (Verdict(status) is { } verdict)
            {
                Terminal.Current.Say($"Sweep {sweep}: {verdict.Word}");
                return verdict.ExitCode;
            }

            if (limit is { } most && clock.GetElapsedTime(start) + Period > most)
            {
                Terminal.Current.Say($"Sweep {sweep}: unfinished after {most.TotalSeconds:0} s");
                return ExitCode.WaitTimeout;
            }

            await Task.Delay(Period, clock, cancellationToken);
        }
    }

    /// <summary>Null while the sweep goes on.</summary>
    public static (int ExitCode, string Word)? Verdict(SweepStatus? status) => status switch
    {
        null => (ExitCode.WaitNotFound, "there is no such sweep"),
        { Stage: SweepStage.Cancelled } => (ExitCode.WaitCancelled, "cancelled"),
        { Stage: SweepStage.Stopped } => (ExitCode.WaitFailed, $"stopped: {status.Message}"),
        { Stage: SweepStage.Finished, Failed: > 0 } => (ExitCode.WaitFailed, $"finished with {status.Failed} failed run(s)"),
        { Stage: SweepStage.Finished, Reported: true } => (ExitCode.Ok, "finished"),
        _ => null,
    };
}
