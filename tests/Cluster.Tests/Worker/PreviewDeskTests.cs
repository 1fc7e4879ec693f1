using AdvSeg.Core.Runs;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Silo.Worker;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Worker;

/// <summary>When the training thread makes a preview, and when the last one is shown again.</summary>
public sealed class PreviewDeskTests
{
    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(1);
    private readonly FakeTimeProvider _clock = new();
    private readonly PreviewDesk _desk;
    private int _step;

    public PreviewDeskTests() => _desk = new PreviewDesk(_clock);

    [Fact]
    public void Boundary_ThatNobodyAskedFor_MakesNoPreview()
    {
        Boundary(TimeSpan.Zero);

        Assert.Equal(0, _step);
    }

    /// <summary>It takes 2 s, so that the next one is made 40 s after it and not at the next step: training pays one part in twenty.</summary>
    [Fact]
    public async Task Preview_ThatTakesLong_IsShownAgainUntilTwentyTimesAsMuchHasPassed()
    {
        Assert.Equal(1, (await AskAsync(TimeSpan.FromSeconds(2))).Preview!.Step);
        _clock.Advance(TimeSpan.FromSeconds(39));
        Assert.Equal(1, (await AskAsync(TimeSpan.FromSeconds(2))).Preview!.Step);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, (await AskAsync(TimeSpan.FromSeconds(2))).Preview!.Step);
    }

    [Fact]
    public async Task Preview_ThatTakesNoTime_IsMadeAnewAfterASecond()
    {
        Assert.Equal(1, (await AskAsync(TimeSpan.Zero)).Preview!.Step);
        Assert.Equal(1, (await AskAsync(TimeSpan.Zero)).Preview!.Step);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, (await AskAsync(TimeSpan.Zero)).Preview!.Step);
    }

    /// <summary>A failure costs the training what a preview costs it, so it is told again for as long.</summary>
    [Fact]
    public async Task Preview_ThatFails_IsNotTriedAgainUntilTwentyTimesAsMuchHasPassed()
    {
        Assert.Contains("no memory", (await FailAsync()).WhyNot);
        _clock.Advance(TimeSpan.FromSeconds(39));
        Assert.Contains("no memory", (await AskAsync(TimeSpan.Zero)).WhyNot);
        Assert.Equal(0, _step);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(1, (await AskAsync(TimeSpan.Zero)).Preview!.Step);
    }

    private async Task<PreviewReply> FailAsync()
    {
        Task<PreviewReply> asked = _desk.AskAsync(Wait);
        _desk.Serve(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(2));
            throw new InvalidOperationException("no memory");
        });
        return await asked;
    }

    private async Task<PreviewReply> AskAsync(TimeSpan cost)
    {
        Task<PreviewReply> asked = _desk.AskAsync(Wait);
        Boundary(cost);
        return await asked;
    }

    private void Boundary(TimeSpan cost) => _desk.Serve(() =>
    {
        _clock.Advance(cost);
        return new TrainingPreview(++_step, []);
    });
}
