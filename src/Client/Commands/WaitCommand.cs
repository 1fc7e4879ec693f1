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

    /// <summary>For the first question, however short the timeout.</summary>
    private static readonly TimeSpan FirstAnswer = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static readonly Option<int?> Timeout =
        Shared.Ranged<int?>("--timeout", "S", "Give up after so many seconds (default: never).", 0, 100_000_000);

    public static (Command Command, string Examples) Create()
    {
        var command = new Command(
            "wait",
            "Wait until a sweep is over, over restarts of the server too. Exit codes: 0 finished without a failed run, 100 failed or stopped, 101 "
                + "still unfinished after --timeout, 102 not found, 103 cancelled.")
            { Shared.Sweep, Timeout, Shared.Server };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            TimeSpan? limit = parsed.GetValue(Timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
            return await WaitAsync(api, Shared.SweepOf(parsed), limit, TimeProvider.System, cancellationToken);
        });
        return (command, "advseg wait demo-1a2b3c4d --timeout 3600 && advseg report demo-1a2b3c4d --output report");
    }

    /// <summary>
    /// A server that does not answer may be restarting: it is asked again until the limit, or without one until it has been silent for
    /// <see cref="Patience"/>. Only a first question without a limit fails at once, because then the address may be wrong.
    /// </summary>
    internal static async Task<int> WaitAsync(ApiClient api, string sweep, TimeSpan? limit, TimeProvider clock, CancellationToken cancellationToken)
    {
        long start = clock.GetTimestamp();
        long? answered = null;
        bool silent = false;
        string? said = null;
        for (bool first = true; ; first = false)
        {
            TimeSpan left = limit is { } most ? most - clock.GetElapsedTime(start) : TimeSpan.MaxValue;
            if (left <= TimeSpan.Zero && !first)
            {
                string why = silent ? "; the server does not answer" : "";
                Terminal.Current.Say($"Sweep {sweep}: unfinished after {limit!.Value.TotalSeconds:0} s{why}");
                return ExitCode.WaitTimeout;
            }

            try
            {
                SweepStatus? status = await api.GetStatusAsync(sweep, first && left < FirstAnswer ? FirstAnswer : left, cancellationToken);
                (answered, silent) = (clock.GetTimestamp(), false);
                if (Verdict(status) is { } verdict)
                {
                    Terminal.Current.Say($"Sweep {sweep}: {verdict.Word}");
                    return verdict.ExitCode;
                }

                if (status is { Stage: SweepStage.Finished, Message: { } why } && why != said)
                {
                    Terminal.Current.Say($"Sweep {sweep}: {said = why}");
                }
            }
            catch (SweepPreparingException)
            {
                (answered, silent) = (clock.GetTimestamp(), false);
            }
            catch (UnreachableServerException e) when (limit is not null || (answered is { } last && clock.GetElapsedTime(last) < Patience))
            {
                if (!silent)
                {
                    Terminal.Current.Say($"{e.Message.TrimEnd('.')}. Asking again.");
                }

                silent = true;
            }

            TimeSpan rest = limit is { } all ? all - clock.GetElapsedTime(start) : Period;
            if (rest > TimeSpan.Zero)
            {
                await Task.Delay(rest < Period ? rest : Period, clock, cancellationToken);
            }
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
        { Stage: SweepStage.Finished or SweepStage.Tuning or SweepStage.CrossValidation or SweepStage.Ablation } => null,
    };
}
