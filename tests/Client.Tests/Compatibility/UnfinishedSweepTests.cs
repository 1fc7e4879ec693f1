using AdvSeg.Core.Identity;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Client.Tests.Compatibility;

/// <summary>Sweeps that the release of commit 296804e left unfinished, in processes that were killed, go on to their end.</summary>
[Trait("Category", "EndToEnd")]
public sealed class UnfinishedSweepTests
{
    /// <summary>
    /// Of the folder's runs two have results, three have lost their workers, one of which was given away again, and one is paused.
    /// A checkpoint of that release may be resumed or not; it must not fail its run.
    /// </summary>
    [Fact]
    public async Task HalfWaySweep_OfTheOldRelease_GoesOnToTheSameResults()
    {
        using var old = new OldFolder("half-way");
        string id = old.Sweep("half-way");
        Dictionary<string, byte[]> before = old.Files("result.json").ToDictionary(file => file.Key, file => file.Bytes);
        Assert.NotEmpty(before);
        Assert.NotEmpty(old.Files("checkpoint-*"));
        SweepQueue queue = Assert.Single(CanonicalJson.Read<QueueSnapshot>(Assert.Single(old.Files("default.json")).Bytes, "state").Sweeps);

        await using (Server server = await Server.StartAsync(old.Data))
        {
            Assert.Equal(1, (int)(await server.JsonAsync("get", id))["pausedRuns"]!);
            Assert.NotEmpty(queue.Requeued);
            string paused = (string)(await server.JsonAsync("runs", id))[Assert.Single(queue.Held)]!["run"]!;
            CommandResult resume = await server.RunAsync("resume", id, paused);
            Assert.True(resume.ExitCode == 0, resume.Error);
            await server.WaitAsync(id);
        }

        Assert.Empty(old.Files("checkpoint-*"));
        Assert.All(before, file => Assert.Equal(file.Value, File.ReadAllBytes(Path.Combine(old.Data, file.Key))));
        Undisturbed.AssertDigests(old, "half-way", atLeast: 11);
    }

    [Fact]
    public async Task StoredRetry_OfTheOldRelease_IsCarriedOutByWhoeverComesNext()
    {
        LongTests.SkipUnlessAsked();
        using var old = new OldFolder("ended");
        string id = old.Sweep("ended");
        Assert.Contains(old.Files("*.json"), file => file.Key.StartsWith($"sweeps/{id}/retries/", StringComparison.Ordinal));

        await using (Server server = await Server.StartAsync(old.Data))
        {
            await server.WaitAsync(id);
            Assert.Empty((await server.JsonAsync("runs", id, "--state", "failed")).AsArray());
        }

        Undisturbed.AssertDigests(old, "ended", atLeast: 11);
    }

    /// <summary>It was cancelled, then one of its runs was wanted after all: the others are cancelled by a bit each in its state.</summary>
    [Fact]
    public async Task CancelledSweep_OfTheOldRelease_GoesOnAfterARetry()
    {
        LongTests.SkipUnlessAsked();
        using var old = new OldFolder("ended");
        string id = old.Sweep("cancelled");
        await using (Server server = await Server.StartAsync(old.Data))
        {
            Assert.Equal(3, (await server.JsonAsync("runs", id, "--state", "cancelled")).AsArray().Count);
            CommandResult retry = await server.RunAsync("retry", id, "--cancelled");
            Assert.True(retry.ExitCode == 0, retry.Error);
            await server.WaitAsync(id);
        }

        Undisturbed.AssertDigests(old, "cancelled", atLeast: 11);
    }

    [Fact]
    public async Task TunedSweep_WhoseServerDiedOnItsDecision_KeepsTheDecisionAndGoesOn()
    {
        LongTests.SkipUnlessAsked();
        using var old = new OldFolder("tuned");
        string id = old.Sweep("tuned");
        byte[] tuning = Assert.Single(old.Files("tuning.json")).Bytes;
        await using (Server server = await Server.StartAsync(old.Data))
        {
            await server.WaitAsync(id);
        }

        Assert.Equal(tuning, Assert.Single(old.Files("tuning.json")).Bytes);
        Undisturbed.AssertDigests(old, "tuned", atLeast: 15);
    }
}
