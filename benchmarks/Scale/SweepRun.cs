namespace AdvSeg.Scale;

/// <summary>Runs one sweep on a cluster and measures it.</summary>
internal sealed class SweepRun(Cluster cluster, ScaleOptions options, TimeProvider clock)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ReportLimit = TimeSpan.FromMinutes(3);
    private const int RowsPerPage = 50;

    /// <param name="number">Of the sweep; each has runs of its own.</param>
    /// <param name="planned">Runs that are planned; the sweep is cancelled when <see cref="ScaleOptions.Runs"/> of more are completed.</param>
    /// <exception cref="InvalidOperationException">A run failed or was lost.</exception>
    public async Task<Measurement> MeasureAsync(int number, int planned)
    {
        using var client = new SweepClient(cluster.Control.Address);
        string yaml = SweepFile.Text(number, planned, options.Ablation);
        await client.PrepareAsync(yaml);
        long submitted = clock.GetTimestamp();
        SweepState began = await client.SubmitAsync(yaml);
        TimeSpan submit = clock.GetElapsedTime(submitted);
        long start = clock.GetTimestamp();
        TimeSpan cpu = cluster.Control.ProcessorTime;

        Visitor[] visitors = Visitors(client, began, planned);
        using var stop = new CancellationTokenSource();
        Task visits = Task.WhenAll(options.Visits ? visitors.Select(v => v.VisitAsync(stop.Token)) : []);
        SweepState end = await FinishAsync(client, began.Sweep, planned > options.Runs ? options.Runs : int.MaxValue);
        TimeSpan wall = end.Ended is { } ended ? ended - end.Started : clock.GetElapsedTime(start);
        cpu = cluster.Control.ProcessorTime - cpu;
        await stop.CancelAsync();
        await visits;
        await SettleAsync(client, end);
        return new Measurement
        {
            Runs = end.Completed,
            Slots = options.Slots,
            Sleep = options.Sleep,
            Wall = wall,
            Cpu = cpu,
            Submit = submit,
            PeakMebibytes = cluster.Control.PeakMebibytes,
            ResidentMebibytes = cluster.Control.ResidentMebibytes,
            LiveMebibytes = await cluster.Control.CollectAsync(),
            Page = visitors[0].Milliseconds,
            RunsPage = visitors[1].Milliseconds,
            Report = visitors[2].Milliseconds,
        };
    }

    /// <summary>The list of runs is leafed through from its beginning.</summary>
    private Visitor[] Visitors(SweepClient client, SweepState sweep, int planned) =>
    [
        new(client, _ => $"sweeps/{sweep.Sweep}", clock),
        new(client, visit => $"sweeps/{sweep.Sweep}/parts/runs?offset={visit * RowsPerPage % planned}", clock),
        new(client, _ => $"sweeps/{sweep.Sweep}/parts/report", clock),
    ];

    private async Task<SweepState> FinishAsync(SweepClient client, string sweep, int enough)
    {
        using var timer = new PeriodicTimer(Look, clock);
        while (await timer.WaitForNextTickAsync())
        {
            SweepState state = await client.StatusAsync(sweep);
            if (state.Failed > 0 || (state.IsOver && state.Completed != state.Planned))
            {
                throw new InvalidOperationException(
                    $"Sweep {sweep} has {state.Failed} failed runs, {state.Completed} of {state.Planned} are completed.");
            }

            if (state.IsOver || state.Completed >= enough)
            {
                return state;
            }
        }

        throw new InvalidOperationException("The timer ended.");
    }

    /// <summary>What is left of the sweep must not be measured with the next one.</summary>
    /// <exception cref="InvalidOperationException">The report takes too long.</exception>
    private async Task SettleAsync(SweepClient client, SweepState end)
    {
        if (!end.IsOver)
        {
            await client.CancelAsync(end.Sweep);
            return;
        }

        long ended = clock.GetTimestamp();
        using var timer = new PeriodicTimer(Look, clock);
        while (await timer.WaitForNextTickAsync() && !(await client.StatusAsync(end.Sweep)).Reported)
        {
            if (clock.GetElapsedTime(ended) > ReportLimit)
            {
                throw new InvalidOperationException(
                    $"Sweep {end.Sweep} has ended, and its report was not stored within {ReportLimit.TotalMinutes:0} minutes; "
                        + "what the control process says of it is on stderr.");
            }
        }
    }
}
