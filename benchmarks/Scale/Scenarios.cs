namespace AdvSeg.Scale;

/// <summary>What the benchmark can be asked for. What matters most is the last line of stdout.</summary>
internal static class Scenarios
{
    private const int WarmUp = 100;

    /// <summary>Sweeps one after another, so that what a finished one leaves in memory shows.</summary>
    public static async Task<int> SweepsAsync(ScaleOptions options)
    {
        await using Cluster cluster = await Cluster.StartAsync(options);
        for (int number = 1; number <= options.Sweeps; number++)
        {
            Measurement measured = await new SweepRun(cluster, options, TimeProvider.System).MeasureAsync(number, options.Runs);
            Console.WriteLine(measured.Details());
            Console.WriteLine($"renewals {Measurement.Spread([.. cluster.Renewals])}");
            Console.WriteLine(measured);
        }

        return 0;
    }

    /// <summary>The same number of runs out of plans of different sizes, each on a cluster of its own that has run a small sweep before.</summary>
    public static async Task<int> PlansAsync(ScaleOptions options, IEnumerable<int> plans)
    {
        foreach (int planned in plans)
        {
            ScaleOptions own = options with { Data = $"{options.Data}-{planned}" };
            await using Cluster cluster = await Cluster.StartAsync(own);
            await new SweepRun(cluster, own with { Runs = WarmUp }, TimeProvider.System).MeasureAsync(0, WarmUp);
            Measurement measured = await new SweepRun(cluster, own, TimeProvider.System).MeasureAsync(1, planned);
            Console.WriteLine($"{planned} planned, {measured.Runs} trained: {measured.Cpu.TotalMilliseconds / measured.Runs:0.0} ms of control "
                + $"CPU a run; submit {measured.Submit.TotalSeconds:0.0} s; {measured}");
        }

        return 0;
    }

    public static async Task<int> ReportAsync(ScaleOptions options)
    {
        await using Cluster cluster = await Cluster.StartAsync(options);
        (string report, bool holds) = await new RenewalCheck(cluster, options, TimeProvider.System).RunAsync();
        Console.WriteLine(report);
        return holds ? 0 : 1;
    }
}
