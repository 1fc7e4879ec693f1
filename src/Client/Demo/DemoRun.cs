using System.Diagnostics;
using System.Net.Sockets;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Hosting;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Progress;
using Spectre.Console;

namespace AdvSeg.Client.Demo;

/// <summary>One call of <c>demo</c>. Everything it decides follows from the spec and the data folder, so calling it again goes on.</summary>
internal sealed class DemoRun(DemoSettings settings, Terminal terminal)
{
    private static readonly TimeSpan StorePatience = TimeSpan.FromSeconds(20);

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        (SweepSpec spec, string yaml) = DemoSpec.Read(settings);
        OpenFiles.RequireToServe();
        using Socket listener = Ports.Open(settings.Port, anyWillDo: true);
        if (settings.Port is null && Ports.Of(listener) != Shared.DefaultPort)
        {
            terminal.Say($"Port {Shared.DefaultPort} is in use; taking a free one.");
        }

        try
        {
            await using EmbeddedHost host = await EmbeddedHost.StartAsync(settings.Data, listener, new OwnWorkers(settings.Slots), cancellationToken);
            terminal.Say($"Dashboard: {host.Address}   Data: {settings.Data}   Log: {host.LogFile}");
            if (host.UncleanEnd is { } unclean)
            {
                terminal.Say(unclean);
            }

            int exitCode = await DrainingAsync(host, spec, yaml, cancellationToken);
            if (settings.KeepOpen)
            {
                terminal.Say($"The dashboard stays at {host.Address} until Ctrl-C.");
                await Signals.UntilAsync(cancellationToken);
            }

            return exitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            terminal.Say("Everything is saved. To go on: the same command again.");
            throw;
        }
    }

    /// <summary>Runs the sweep. When it is cancelled, says that the end takes a moment before the host begins to drain.</summary>
    private async Task<int> DrainingAsync(EmbeddedHost host, SweepSpec spec, string yaml, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(host, spec, yaml, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            terminal.Say("Stopping: running runs save a checkpoint. Ctrl-C again ends at once.");
            throw;
        }
    }

    private async Task<int> RunAsync(EmbeddedHost host, SweepSpec spec, string yaml, CancellationToken cancellationToken)
    {
        SweepId id = DemoSpec.WithoutPaths(spec).Id();
        string sweep = id.Value;
        var source = new GrainSource(host.Grains);
        SweepStatus? before = await source.GetStatusAsync(sweep, cancellationToken);
        terminal.Say(before switch
        {
            null => $"Sweep {sweep} starts.",
            { Stage: SweepStage.Finished } => $"Sweep {sweep} has finished already; nothing is trained again.",
            { Stage: SweepStage.Cancelled } => $"Sweep {sweep} was cancelled; its cancelled runs are trained after all.",
            { Stage: SweepStage.Stopped } => $"Sweep {sweep} was stopped ({before.Message}); its failed and cancelled runs are tried again.",
            { Paused: true } => $"Sweep {sweep} was paused; it goes on: {before.Completed} runs are completed.",
            _ => $"Sweep {sweep} goes on: {before.Completed} runs are completed.",
        });
        if (before is null)
        {
            using Activity? span = Traces.Start(Spans.Submit)?.SetTag(Traces.SweepTag, sweep);
            SweepSubmission submission = await SubmissionAsync(host, spec, yaml, cancellationToken);
            await host.Grains.GetGrain<ISweepGrain>(sweep).Start(submission).WaitAsync(cancellationToken);
        }
        else
        {
            await GoOnAsync(host.Grains.GetGrain<ISweepGrain>(sweep), before).WaitAsync(cancellationToken);
        }

        var watch = new ProgressWatch(source, sweep, SweepShape.Of(spec), TimeProvider.System);
        ProgressModel last = await WhileStoreWritesAsync(host, stop => ProgressDisplay.RunAsync(watch, terminal, stop), cancellationToken);
        if (last.Status.Stage != SweepStage.Finished)
        {
            throw new CommandException(
                ExitCode.Failure,
                $"Sweep {sweep} is {Kebab.Of(last.Status.Stage)}: {(last.Status.Message ?? "no reason was given").TrimEnd('.')}. The same command "
                    + "again goes on with it.");
        }

        string folder = Path.Combine(settings.Data, "report");
        IReadOnlyList<string> files = await DemoReport.CopyAsync(host.Store, id, folder, cancellationToken);
        terminal.Write(sweep);
        DemoReport.Print(terminal.Out, await DemoReport.ReadAsync(host.Store, id, cancellationToken));
        terminal.Say($"Report ({files.Count} files): {folder}");
        foreach (string file in files)
        {
            terminal.Say($"  {file}");
        }

        return last.Status.Failed == 0 ? ExitCode.Ok : ExitCode.Failure;
    }

    /// <summary>
    /// Makes a paused, stopped or cancelled sweep go on: a user who calls the command again wants it, whatever was pressed on its page.
    /// </summary>
    private static async Task GoOnAsync(ISweepGrain sweep, SweepStatus before)
    {
        if (before.Stage is SweepStage.Cancelled or SweepStage.Stopped)
        {
            await sweep.Retry(new RetryRequest([], Failed: before.Stage is SweepStage.Stopped, Cancelled: true));
        }

        if (before.Paused)
        {
            await sweep.Resume();
        }
    }

    /// <summary>Ends the wait with an error when the store takes no writes: runs wait for it silently, and the user would never learn why.</summary>
    /// <exception cref="CommandException">A write has failed for longer than <see cref="StorePatience"/>.</exception>
    private static async Task<T> WhileStoreWritesAsync<T>(
        EmbeddedHost host, Func<CancellationToken, Task<T>> watch, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<T> watching = watch(stop.Token);
        while (await Task.WhenAny(watching, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken)) != watching)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (host.Fault is { } fault && TimeProvider.System.GetUtcNow() - fault.Since > StorePatience)
            {
                await stop.CancelAsync();
                await ((Task)watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw new CommandException(ExitCode.Failure, $"{fault.Message} Then run the same command again; finished work is kept.");
            }
        }

        return await watching;
    }

    /// <summary>Brings the cohorts into the store; a phantom that is there already is not rendered again.</summary>
    private async Task<SweepSubmission> SubmissionAsync(EmbeddedHost host, SweepSpec spec, string yaml, CancellationToken cancellationToken)
    {
        if (!terminal.IsLive)
        {
            terminal.Say("Preparing the cohorts...");
            return await host.Cohorts.PrepareAsync(spec, yaml, null, cancellationToken);
        }

        return await terminal.Error.Progress().StartAsync(async progress =>
        {
            var tasks = new Dictionary<PhantomCohort, ProgressTask>();
            var show = new Progress<CohortProgress>(now =>
            {
                lock (tasks)
                {
                    if (!tasks.TryGetValue(now.Phantom, out ProgressTask? task))
                    {
                        tasks[now.Phantom] = task = progress.AddTask($"Rendering {now.Patients} patients", maxValue: now.Patients);
                    }

                    task.Value = Math.Max(task.Value, now.Done);
                }
            });
            return await host.Cohorts.PrepareAsync(spec, yaml, show, cancellationToken);
        });
    }
}
