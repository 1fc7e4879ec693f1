using System.Collections.Concurrent;
using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Sweeps;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Damage;

/// <summary>A damaged sweep is said, and said again now and then; it does not fill a disk.</summary>
[Collection(FinishedFolder.Collection)]
public sealed class LogGrowthTests(FinishedFolder finished, ITestOutputHelper output)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Log_OfAServerOverADamagedSweepForAnHour_StaysSmall()
    {
        using TempFolder folder = finished.Copy();
        FinishedFolder.Truncate(Path.Combine(folder.Path, "sweeps", finished.Damaged, "plan.json"));
        using var log = new CountingLog();
        await using DashboardServer server = await DashboardServer.StartAsync(folder.Path, new RehearsalTrainer(), log: log);
        var clock = new FakeTimeProvider();
        await using DashboardServer watched = await server.StartBesideAsync(clock, log);
        for (TimeSpan gone = TimeSpan.Zero; gone < TimeSpan.FromHours(1); gone += Look)
        {
            clock.Advance(Look);
            Assert.Contains(await watched.GetAsync<SweepStatus[]>("/api/v1/sweeps"), s => s.Damage is not null);
        }

        output.WriteLine($"{log.Lines} lines, {log.Bytes} bytes: {string.Join(", ", log.Sources.Select(s => $"{s.Key} {s.Value}"))}");
        Assert.InRange(log.Lines, 1, 1500);
        Assert.InRange(log.Bytes, 1, 250_000);
    }

    /// <summary>Counts what a log file at the usual level would hold.</summary>
    private sealed class CountingLog : ILoggerProvider
    {
        private long _lines;
        private long _bytes;

        public long Lines => _lines;

        public long Bytes => _bytes;

        public ConcurrentDictionary<string, int> Sources { get; } = [];

        public ILogger CreateLogger(string categoryName) => new Counter(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Counter(CountingLog log, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                string text = $"{formatter(state, exception)}\n{exception}";
                log.Sources.AddOrUpdate(category, 1, (_, n) => n + 1);
                Interlocked.Add(ref log._lines, text.Count(c => c == '\n') + 1);
                Interlocked.Add(ref log._bytes, text.Length);
            }
        }
    }
}
