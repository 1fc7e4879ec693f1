using AdvSeg.Chaos;

namespace AdvSeg.Process.Tests;

/// <summary>Processes that stop for longer than their lease or their membership, and come back believing nothing happened.</summary>
[Trait("Category", "Process")]
public sealed class ZombieTests(SharedServers servers)
{
    [Fact]
    public async Task Worker_FrozenPastItsLease_IsFencedWhenItReturns()
    {
        Wait.SkipUnlessLong();
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape());
        string sweep = await cluster.SubmitAsync(SharedServers.Sweep);
        SiloNode zombie = cluster.Workers[0];
        AttemptTrace attempt = await cluster.CheckpointedAsync(zombie);

        zombie.Freeze();
        await cluster.Control.LineAsync($"Attempt {attempt.Token} is lost", Wait.Step);
        await ClusterUnderTest.EventuallyAsync(
            () => Task.FromResult(cluster.Timeline().NextAttempt(attempt) is { Leased: not null, FirstStepDone: not null } next ? next : null),
            Wait.Step);
        int linesBefore = zombie.Process.Lines.Count;
        zombie.Thaw();

        // A silo that was declared dead ends its process; its attempt must not have been committed before that.
        await zombie.Process.EndAsync(Wait.Step);
        Assert.DoesNotContain(
            zombie.Process.Lines.Skip(linesBefore),
            l => l.Contains($"Attempt {attempt.Token} of run {attempt.Run} committed: its result", StringComparison.Ordinal));
        await zombie.StartAsync();
        await cluster.AssertWholeAsync(sweep, servers);
    }

    [Fact]
    public async Task Scheduler_FrozenUntilAnotherTookOver_DamagesNoLease()
    {
        Wait.SkipUnlessLong();
        await using ClusterUnderTest cluster = await servers.StartClusterAsync(new ClusterShape { Controls = 2 });
        string sweep = await cluster.SubmitAsync(SharedServers.Sweep);
        await cluster.SettledAsync(sweep, 1);
        SiloNode zombie = cluster.Controls.Single(c => c.Log.Any(l => l.Text.Contains("Scheduler active", StringComparison.Ordinal)));
        SiloNode heir = cluster.Controls.Single(c => c != zombie);

        zombie.Freeze();
        await heir.LineAsync("Scheduler active", Wait.Step);
        zombie.Thaw();

        await zombie.Process.EndAsync(Wait.Step);
        await zombie.StartAsync();
        await cluster.AssertWholeAsync(sweep, servers);

        // Training went on under the leases that the zombie had granted: a new scheduler gives each a fresh term.
        Assert.DoesNotContain(heir.Log, l => l.Text.Contains("is lost: the worker did not renew", StringComparison.Ordinal));
    }
}
