using AdvSeg.Client.Cli;
using AdvSeg.Client.Commands;
using AdvSeg.Client.Hosting;
using AdvSeg.Client.Progress;
using AdvSeg.Core;
using AdvSeg.Grains.Interfaces;
using Spectre.Console;

namespace AdvSeg.Client.Demo;

/// <summary>One call of <c>demo</c>. Everything it decides follows from the spec and the data folder, so calling it again goes on.</summary>
internal sealed class DemoRun(DemoSettings settings, Terminal terminal)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        (SweepSpec spec, string yaml) = DemoSpec.Read(settings.Preset, settings.Seeds);
        int port = Ports.Choose(settings.Port, anyWillDo: true);
        if (port == 0)
        {
            terminal.Say($"Port {Shared.DefaultPort} is in use; taking a free one.");
        }

        try
        {
            await using EmbeddedHost host = await EmbeddedHost.StartAsync(settings.Data, port, settings.Slots, cancellationToken);
            terminal.Say($"Dashboard: {host.Address}   Data: {settings.Data}   Log: {Path.Combine(settings.Data, EmbeddedHost.LogFile)}");
            int exitCode = await DrainingAsync(host, spec, yaml, cancellationToken);
            if (settings.KeepOpen)
            {
                terminal.Say($"The dashboard stays at {host.Address} until Ctrl-C.");
                await ServeCommand.UntilAsync(cancellationToken);
            }

            return exitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            terminal.Say("Everything is saved. To go on: the same command again.");
            throw;
        }
    }

    /// <summary>Says that the end takes a moment before the host begins it.</summary>
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
        string sweep = spec.Id().Value;
        var source = new GrainSource(host.Grains);
        SweepStatus? before = await source.GetStatusAsync(sweep, cancellationToken);
        terminal.Say(before switch
        {
            null => $"Sweep {sweep} starts.",
            { Stage: SweepStage.Finished } => $"Sweep {sweep} has finished already; nothing is trained again.",
            _ => $"Sweep {sweep} goes on: {before.Completed} runs are completed.",
        });
        if (before is null)
        {
            SweepSubmission submission = await SubmissionAsync(host, spec, yaml, cancellationToken);
            await host.Grains.GetGrain<ISweepGrain>(sweep).Start(submission).WaitAsync(cancellationToken);
        }

        var watch = new ProgressWatch(source, sweep, SweepShape.Of(spec), TimeProvider.System);
        ProgressModel last = await ProgressDisplay.RunAsync(watch, terminal, cancellationToken);
        if (last.Status.Stage != SweepStage.Finished)
        {
            throw new CommandException(ExitCode.Failure, $"Sweep {sweep} is {Words.Of(last.Status.Stage)}: {last.Status.Message ?? "no reason was given"}");
        }

        string folder = Path.Combine(settings.Data, "report");
        IReadOnlyList<string> files = await DemoReport.CopyAsync(host.Store, spec.Id(), folder, cancellationToken);
        terminal.Write(sweep);
        DemoReport.Print(terminal.Out, await DemoReport.ReadAsync(host.Store, spec.Id(), cancellationToken));
        terminal.Say($"Report ({files.Count} files): {folder}");
        foreach (string file in files)
        {
            terminal.Say($"  {file}");
        }

        return last.Status.Failed == 0 ? ExitCode.Ok : ExitCode.Failure;
    }

    private async Task<SweepSubmission> SubmissionAsync(EmbeddedHost host, SweepSpec spec, string yaml, CancellationToken cancellationToken)
    {
        var cohorts = new LocalCohorts(host.Store, Path.Combine(settings.Data, ".cache"));
        string cohort = await PrepareAsync(cohorts, spec.Cohort, "cohort", cancellationToken);
        string? evaluation = spec.EvaluationCohort is { } source ? await PrepareAsync(cohorts, source, "evaluation cohort", cancellationToken) : null;
        return new SweepSubmission(spec, yaml, cohort, evaluation);
    }

    /// <returns>The digest of the cohort, which is then in the store.</returns>
    private async Task<string> PrepareAsync(LocalCohorts cohorts, CohortSource source, string name, CancellationToken cancellationToken)
    {
        int patients = source is PhantomCohort phantom ? phantom.Aggressive + phantom.LesionFree : 0;
        if (!terminal.IsLive || patients == 0)
        {
            terminal.Say($"Preparing the {name}{(patients > 0 ? $" ({patients} patients)" : "")}...");
            return (await cohorts.PrepareAsync(source, null, cancellationToken)).ComputeDigest();
        }

        return await terminal.Error.Progress().StartAsync(async progress =>
        {
            ProgressTask task = progress.AddTask($"Rendering the {name}", maxValue: patients);
            CohortManifest manifest = await cohorts.PrepareAsync(source, new Progress<int>(done => task.Value = done), cancellationToken);
            task.Value = patients;
            return manifest.ComputeDigest();
        });
    }
}
