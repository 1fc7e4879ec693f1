using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Progress;

namespace AdvSeg.Client.Commands;

/// <summary><c>watch</c>: the live picture of one sweep on a server. Leaving it changes nothing.</summary>
internal static class WatchCommand
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    public static (Command Command, string Examples) Create()
    {
        var command = new Command("watch", "Watch a sweep until it is over. In a pipe: one line per event. Ctrl-C only stops watching.")
        {
            Shared.Sweep,
            Shared.Server,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            return await WatchAsync(api, Shared.SweepOf(parsed), cancellationToken);
        });
        return (command, "advseg watch demo-1a2b3c4d\nadvseg watch demo-1a2b3c4d 2>&1 | tee watch.log");
    }

    /// <summary>Says how far the preparation is, a line each time a tenth more is rendered.</summary>
    private static async Task UntilStartedAsync(ApiClient api, string sweep, TimeProvider clock, CancellationToken cancellationToken)
    {
        int said = -1;
        while (true)
        {
            try
            {
                await ListCommands.RequireAsync(api, sweep, cancellationToken);
                return;
            }
            catch (SweepPreparingException e)
            {
                int tenths = 10 * e.Now.Done / Math.Max(1, e.Now.Patients);
                if (tenths != said)
                {
                    Terminal.Current.Say(e.Message);
                    said = tenths;
                }
            }

            await Task.Delay(Period, clock, cancellationToken);
        }
    }

    public static async Task<int> WatchAsync(ApiClient api, string sweep, CancellationToken cancellationToken)
    {
        await UntilStartedAsync(api, sweep, TimeProvider.System, cancellationToken);
        Plan plan = await api.GetPlanAsync(sweep, cancellationToken);
        var watch = new ProgressWatch(api, sweep, SweepShape.Of(plan.Spec), TimeProvider.System);
        ProgressModel last = await ProgressDisplay.RunAsync(watch, Terminal.Current, cancellationToken);
        Terminal.Current.Say($"Sweep {sweep} is {Kebab.Of(last.Status.Stage)}{(last.Status.Message is { } why ? $": {why}" : ".")}");
        return last.Status.Stage == SweepStage.Finished ? ExitCode.Ok : ExitCode.Failure;
    }
}
