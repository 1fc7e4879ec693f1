using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Hosting.Clocks;
using AdvSeg.Silo;
using AdvSeg.Silo.Settings;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Faults;

/// <summary>The machine's clock is set back a day: nothing that was to come in a moment comes a day later.</summary>
public sealed class ClockSetBackTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    [Fact]
    public async Task Sweeps_SubmittedBeforeAndAfterTheClockIsSetBack_AreTrained()
    {
        var machine = new ShiftedClock();
        await using var cluster = new FaultyCluster();
        await cluster.StartAsync(retried: false, new SteadyClock(machine));
        int failed = 0;
        cluster.Trainer.OnStep = (_, _) =>
        {
            if (Interlocked.Exchange(ref failed, 1) == 0)
            {
                throw new InvalidOperationException("once");
            }
        };
        SweepSpec before = TestSweep.Spec("before"), after = TestSweep.Spec("after");
        await cluster.Cluster.StartSweepAsync(before);
        await TestCluster.WaitAsync(() => Task.FromResult(failed == 1 ? "one run waits for its retry" : null));

        machine.Shift = -Day;
        await cluster.Cluster.StartSweepAsync(after);

        foreach (SweepSpec spec in new[] { before, after })
        {
            SweepStatus status = await cluster.Cluster.WaitForEndAsync(spec);
            Assert.Equal((SweepStage.Finished, FaultyCluster.RunsOfTheSweep), (status.Stage, status.Completed));
        }
    }

    [Fact]
    public void Clock_OfAMachineThatIsSetBack_GoesOnAndFollowsItForward()
    {
        var machine = new ShiftedClock(new FakeTimeProvider());
        var clock = new SteadyClock(machine);
        DateTimeOffset start = clock.GetUtcNow();

        machine.Shift = -Day;
        machine.Inner.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(start + TimeSpan.FromSeconds(5), clock.GetUtcNow());

        machine.Shift = Day;
        Assert.Equal(start + TimeSpan.FromSeconds(5) + Day, clock.GetUtcNow());
        machine.Shift = TimeSpan.Zero;
        machine.Inner.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(start + TimeSpan.FromSeconds(6) + Day, clock.GetUtcNow());
    }

    [Fact]
    public void Silo_HasTheClockThatNeverGoesBack()
    {
        using var folder = new TempFolder();
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<AdvSeg.Core.Runs.ITrainer>(new HashTrainer());
        builder.AddAdvSegSilo(new SiloSettings { DataFolder = folder.Path });
        using IHost host = builder.Build();

        Assert.IsType<SteadyClock>(host.Services.GetRequiredService<TimeProvider>());
    }

    /// <summary>A machine whose wall clock is set; its other counters go on.</summary>
    private sealed class ShiftedClock(FakeTimeProvider? inner = null) : TimeProvider
    {
        private readonly TimeProvider _inner = inner ?? System;

        public TimeSpan Shift { get; set; }

        public FakeTimeProvider Inner => (FakeTimeProvider)_inner;

        public override long TimestampFrequency => _inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => _inner.GetUtcNow() + Shift;

        public override long GetTimestamp() => _inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _inner.CreateTimer(callback, state, dueTime, period);
    }
}
