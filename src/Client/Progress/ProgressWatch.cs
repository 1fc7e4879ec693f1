using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Progress;

namespace AdvSeg.Client.Progress;

/// <summary>Polls a sweep and hands each new model to a display until the sweep is over.</summary>
internal sealed class ProgressWatch(IProgressSource source, string sweep, SweepShape shape, TimeProvider clock)
{
    private const int PageSize = 500;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly RunState[] SettledStates = [.. Enum.GetValues<RunState>().Where(RunStates.IsSettled)];

    private long _lastContact;

    /// <returns>The last model; its sweep is over.</returns>
    /// <exception cref="CommandException">There is no such sweep.</exception>
    public async Task<ProgressModel> RunAsync(Action<ProgressModel?, ProgressModel> show, CancellationToken cancellationToken)
    {
        ProgressModel? model = null;
        while (true)
        {
            ProgressModel? next = await TryPollAsync(model, cancellationToken);
            if (next is not null)
            {
                show(model, next);
                if (next.IsOver)
                {
                    return next;
                }

                model = next;
            }

            await Task.Delay(Period, clock, cancellationToken);
        }
    }

    /// <summary>A server may restart while somebody watches; only a long silence ends the command.</summary>
    private async Task<ProgressModel?> TryPollAsync(ProgressModel? model, CancellationToken cancellationToken)
    {
        try
        {
            ProgressModel next = await PollAsync(model, cancellationToken);
            _lastContact = clock.GetTimestamp();
            return next;
        }
        catch (UnreachableServerException) when (model is not null && clock.GetElapsedTime(_lastContact) < Patience)
        {
            return null;
        }
    }

    private async Task<ProgressModel> PollAsync(ProgressModel? model, CancellationToken cancellationToken)
    {
        SweepStatus status = await source.GetStatusAsync(sweep, cancellationToken)
            ?? throw new CommandException(ExitCode.Failure, $"There is no sweep '{sweep}'. 'advseg ls' lists the sweeps.");
        bool isNews = model is null || !IsAsBefore(status, model.Status);
        IReadOnlyList<RunRow>? settled = isNews ? await AllAsync(SettledStates, cancellationToken) : null;
        IReadOnlyList<WorkerView> workers = await source.GetWorkersAsync(cancellationToken);
        RunningNow now = RunningNow.Of(await AllAsync([RunState.Running], cancellationToken), workers);
        var snapshot = new Snapshot
        {
            Status = status,
            Settled = settled,
            Running = now.Rows,
            Progress = await source.GetProgressAsync(sweep, model?.Version ?? 0, cancellationToken),
            Slots = now.Slots,
            Now = clock.GetUtcNow(),
        };
        return model?.Next(snapshot) ?? ProgressModel.First(shape, snapshot);
    }

    private static bool IsAsBefore(SweepStatus now, SweepStatus before) =>
        (now.Completed, now.Failed, now.Cancelled) == (before.Completed, before.Failed, before.Cancelled);

    private async Task<IReadOnlyList<RunRow>> AllAsync(RunState[] states, CancellationToken cancellationToken)
    {
        var rows = new List<RunRow>();
        foreach (RunState state in states)
        {
            RunPage page;
            int offset = 0;
            do
            {
                page = await source.GetRunsAsync(sweep, offset, PageSize, state, cancellationToken);
                rows.AddRange(page.Rows);
                offset += page.Rows.Count;
            }
            while (page.Rows.Count > 0 && offset < page.Total);
        }

        return rows;
    }
}
