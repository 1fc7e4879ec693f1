using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Dashboard;
using AdvSeg.Hosting.Clocks;
using AdvSeg.Silo;
using AdvSeg.Silo.Settings;
using AdvSeg.Storage.Folder;
using AdvSeg.UseCases.Cohorts;
using Microsoft.AspNetCore.Builder;
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
    public void Clock_OfAMachineThatIsSetBack_GoesOnAndIsCaughtUpWith()
    {
        var machine = new ShiftedClock(new FakeTimeProvider());
        var clock = new SteadyClock(machine);
        DateTimeOffset start = clock.GetUtcNow();

        machine.Shift = -Day;
        machine.Inner.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(start + TimeSpan.FromSeconds(5), clock.GetUtcNow());

        machine.Shift = 2 * Day;
        Assert.Equal(start + TimeSpan.FromSeconds(10) + (2 * Day), clock.GetUtcNow());
        machine.Shift = TimeSpan.Zero;
        DateTimeOffset last = clock.GetUtcNow();
        for (int hour = 0; hour < 96; hour++)
        {
            Assert.True(clock.GetUtcNow() > machine.GetUtcNow());
            machine.Inner.Advance(TimeSpan.FromHours(1));
            DateTimeOffset now = clock.GetUtcNow();
            Assert.Equal(TimeSpan.FromMinutes(30), now - last);
            last = now;
        }

        Assert.Equal(machine.GetUtcNow(), clock.GetUtcNow());
        machine.Inner.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(machine.GetUtcNow(), clock.GetUtcNow());
    }

    [Fact]
    public void Clock_WhoseThreadIsHeldUpBetweenItsTwoLooks_DoesNotLead()
    {
        var machine = new ShiftedClock(new FakeTimeProvider());
        var clock = new SteadyClock(machine);
        machine.HeldUp = TimeSpan.FromSeconds(10);

        clock.GetUtcNow();

        Assert.Equal(machine.GetUtcNow(), clock.GetUtcNow());
    }

    /// <summary>What is stored is stamped by the machine's clock: two days that the steady one is ahead expire nothing.</summary>
    [Fact]
    public async Task Upload_BegunAfterTheClockWasAheadForAMoment_DoesNotExpire()
    {
        using var folder = new TempFolder();
        var machine = new ShiftedClock(new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        var clock = new SteadyClock(machine);
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Services.AddSingleton<TimeProvider>(clock);
        builder.Services.AddSingleton<IArtifactStore>(new FolderArtifactStore(folder.Path, machine));
        builder.AddAdvSegDashboard();
        await using WebApplication app = builder.Build();
        machine.Shift = 2 * Day;
        clock.GetUtcNow();
        machine.Shift = TimeSpan.Zero;
        OpenUploads uploads = app.Services.GetRequiredService<OpenUploads>();

        await uploads.OpenAsync(TestSweep.Cohort.ComputeDigest(), TestSweep.Cohort, TestContext.Current.CancellationToken);

        Assert.Empty(await uploads.RemoveExpiredAsync(TestContext.Current.CancellationToken));
        machine.Inner.Advance(2 * Day);
        Assert.Single(await uploads.RemoveExpiredAsync(TestContext.Current.CancellationToken));
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

        /// <summary>For so long the thread is held up after the next look.</summary>
        public TimeSpan HeldUp { get; set; }

        public override DateTimeOffset GetUtcNow() => Look(_inner.GetUtcNow() + Shift);

        public override long GetTimestamp() => Look(_inner.GetTimestamp());

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            _inner.CreateTimer(callback, state, dueTime, period);

        private T Look<T>(T seen)
        {
            if (HeldUp is { Ticks: > 0 } time)
            {
                HeldUp = TimeSpan.Zero;
                Inner.Advance(time);
            }

            return seen;
        }
    }
}
