using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Sweeps;

public sealed class SweepStagesTests
{
    private static readonly SweepStage[] Ended = [SweepStage.Finished, SweepStage.Stopped, SweepStage.Cancelled];

    [Theory]
    [InlineData(SweepStage.Tuning, SweepStage.CrossValidation)]
    [InlineData(SweepStage.Tuning, SweepStage.Stopped)]
    [InlineData(SweepStage.CrossValidation, SweepStage.Ablation)]
    [InlineData(SweepStage.CrossValidation, SweepStage.Finished)]
    [InlineData(SweepStage.Ablation, SweepStage.Finished)]
    [InlineData(SweepStage.Finished, SweepStage.Ablation)]
    [InlineData(SweepStage.Stopped, SweepStage.Tuning)]
    [InlineData(SweepStage.Cancelled, SweepStage.Ablation)]
    public void Move_TransitionInTheTable_IsMade(SweepStage from, SweepStage to) => Assert.Equal(to, SweepStages.Move(from, to));

    [Theory]
    [InlineData(SweepStage.Tuning, SweepStage.Ablation)]
    [InlineData(SweepStage.Tuning, SweepStage.Finished)]
    [InlineData(SweepStage.CrossValidation, SweepStage.Tuning)]
    [InlineData(SweepStage.Ablation, SweepStage.CrossValidation)]
    [InlineData(SweepStage.Ablation, SweepStage.Stopped)]
    [InlineData(SweepStage.Finished, SweepStage.Tuning)]
    [InlineData(SweepStage.Stopped, SweepStage.Ablation)]
    public void Move_TransitionNotInTheTable_IsRefusedOutLoud(SweepStage from, SweepStage to) =>
        Assert.Throws<InvalidOperationException>(() => SweepStages.Move(from, to));

    [Fact]
    public void SweepStages_AnEndedStage_IsNeverFollowedByAnother() =>
        Assert.DoesNotContain(Ended.SelectMany(_ => Ended, (from, to) => (from, to)), pair => SweepStages.IsLegal(pair.from, pair.to));

    [Fact]
    public void SweepStages_EveryStageThatGoesOn_CanBeCancelled() => Assert.All(
        Enum.GetValues<SweepStage>(),
        stage => Assert.Equal(!SweepStages.HasEnded(stage), SweepStages.IsLegal(stage, SweepStage.Cancelled)));

    [Fact]
    public void SweepStages_NoStage_FollowsItself() =>
        Assert.All(Enum.GetValues<SweepStage>(), stage => Assert.False(SweepStages.IsLegal(stage, stage)));

    /// <summary>The whole table once more: a transition that is added or lost is one that somebody decided on.</summary>
    [Theory]
    [InlineData(SweepStage.Tuning, SweepStage.CrossValidation, SweepStage.Stopped, SweepStage.Cancelled)]
    [InlineData(SweepStage.CrossValidation, SweepStage.Ablation, SweepStage.Finished, SweepStage.Stopped, SweepStage.Cancelled)]
    [InlineData(SweepStage.Ablation, SweepStage.Finished, SweepStage.Cancelled)]
    [InlineData(SweepStage.Finished, SweepStage.CrossValidation, SweepStage.Ablation)]
    [InlineData(SweepStage.Stopped, SweepStage.Tuning, SweepStage.CrossValidation)]
    [InlineData(SweepStage.Cancelled, SweepStage.Tuning, SweepStage.CrossValidation, SweepStage.Ablation)]
    public void SweepStages_FromEachStage_GoWhereTheTableSays(SweepStage from, params SweepStage[] to) =>
        Assert.Equal(to.Order(), Enum.GetValues<SweepStage>().Where(next => SweepStages.IsLegal(from, next)).Order());
}
