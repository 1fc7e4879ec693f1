using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Storage.Tests;

/// <summary>A store is said to take no writes while some fail, and no longer.</summary>
public sealed class WriteFaultsTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Fault_OfAKeyThatIsNeverWrittenAgain_EndsWhenOthersGoThroughForAWhile()
    {
        var faults = new WriteFaults(_clock);
        await FailAsync(faults, "abandoned");
        await faults.TrackAsync("other", Task.FromResult(1));
        Assert.Equal("abandoned", faults.Now?.Key);

        _clock.Advance(TimeSpan.FromSeconds(31));
        await faults.TrackAsync("other", Task.FromResult(1));
        Assert.Null(faults.Now);
    }

    [Fact]
    public async Task Fault_WhileLargeWritesGoOnFailing_StaysThoughSmallOnesGoThrough()
    {
        var faults = new WriteFaults(_clock);
        DateTimeOffset since = _clock.GetUtcNow();
        for (int i = 0; i < 10; i++)
        {
            await FailAsync(faults, $"checkpoint-{i}");
            await faults.TrackAsync("small", Task.FromResult(1));
            _clock.Advance(TimeSpan.FromSeconds(20));
        }

        Assert.Equal(("checkpoint-0", since), (faults.Now!.Key, faults.Now.Since));
    }

    [Fact]
    public async Task Fault_OfAKeyThatIsWrittenAtLast_EndsAtOnce()
    {
        var faults = new WriteFaults(_clock);
        await FailAsync(faults, "key");
        await faults.TrackAsync("key", Task.FromResult(1));
        Assert.Null(faults.Now);
    }

    private static Task FailAsync(WriteFaults faults, string key) => Assert.ThrowsAsync<ArtifactStoreException>(
        () => faults.TrackAsync(key, Task.FromException<int>(new ArtifactStoreException("No space left on device"))));
}
