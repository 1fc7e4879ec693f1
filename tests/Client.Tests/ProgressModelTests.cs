using AdvSeg.Client.Progress;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;
using Spectre.Console;

namespace AdvSeg.Client.Tests;

public class ProgressModelTests
{
    private static readonly ProgressModel First = ProgressModel.First(Samples.Shape(), Samples.Snapshot(
        Samples.Status(completed: 1),
        [Samples.Row(1, "adv", RunState.Running)],
        [Samples.Row(0, "ce", RunState.Completed, dice: 0.5)],
        [Samples.Progress(1, 20, 100, 4)]));

    [Fact]
    public void Share_OfAModel_IsTrainedStepsOverAllSteps()
    {
        // 100 + 20 of (8 + 4) * 100 steps.
        Assert.Equal(0.1, First.Share, 12);
        Assert.Equal(12, First.TotalRuns);
    }

    [Fact]
    public void Next_WithoutNews_KeepsProgressAndSettledRuns()
    {
        ProgressModel next = First.Next(Samples.Snapshot(Samples.Status(completed: 1), [Samples.Row(1, "adv", RunState.Running)], null, []));

        Assert.Equal(20, next.Running.Single().Progress?.Step);
        Assert.Single(next.Settled);
        Assert.Equal(First.Share, next.Share);
    }

    [Fact]
    public void Next_WithARunThatIsRetried_LetsItGoAndTellsItsNewOutcome()
    {
        RunRow completed = Samples.Row(0, "ce", RunState.Completed, dice: 0.5);
        ProgressModel failed = First.Next(Samples.Snapshot(
            Samples.Status(completed: 1, failed: 1), [], [completed, Samples.Row(1, "adv", RunState.Failed)], []));
        ProgressModel again = failed.Next(Samples.Snapshot(Samples.Status(completed: 1), [Samples.Row(1, "adv", RunState.Running)], [completed], []));
        ProgressModel done = again.Next(Samples.Snapshot(
            Samples.Status(completed: 2), [], [completed, Samples.Row(1, "adv", RunState.Completed, dice: 0.6)], []));

        Assert.Equal([2, 1, 2], new[] { failed, again, done }.Select(model => model.Settled.Count));
        Assert.DoesNotContain(PlainLines.Between(failed, again), line => line.StartsWith("settled", StringComparison.Ordinal));
        string line = Assert.Single(PlainLines.Between(again, done), line => line.StartsWith("settled", StringComparison.Ordinal));
        Assert.Contains("DSC 0.600", line, StringComparison.Ordinal);
        Assert.EndsWith("(2 of 12)", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Next_WithARunSettled_AppendsItAndKeepsItsSpeed()
    {
        ProgressModel next = First.Next(Samples.Snapshot(
            Samples.Status(completed: 2), [],
            [
                Samples.Row(0, "ce", RunState.Completed, dice: 0.5),
                Samples.Row(1, "adv", RunState.Completed, dice: 0.6),
            ], []));

        Assert.Equal([0, 1], next.Settled.Select(r => r.Index));
        Assert.Equal(1, next.SettledBefore);
        Assert.Equal(0.25, next.Forecast.Speeds.Values.Single(s => s.Variant == "adv").SecondsPerStep);
        Assert.Equal(200.0 / 1200, next.Share, 12);
    }

    [Fact]
    public void Share_AfterTheChoice_CountsTheChosenFolds()
    {
        SweepStatus status = Samples.Status(SweepStage.Ablation, completed: 1) with
        {
            Choice = new Choice { Folds = [0, 1, 2], MeanDice = [0.5, 0.5, 0.5, null], Reason = "all eligible folds" },
        };
        ProgressModel model = ProgressModel.First(Samples.Shape(), Samples.Snapshot(status, [], [Samples.Row(0, "ce", RunState.Completed)], []));

        Assert.Equal(8 + (3 * 4), model.TotalRuns);
        Assert.Equal(100.0 / 2000, model.Share, 12);
    }

    [Fact]
    public void IsOver_WhenFinished_WaitsForTheStoredReport()
    {
        ProgressModel Of(SweepStage stage, bool reported) =>
            ProgressModel.First(Samples.Shape(), Samples.Snapshot(Samples.Status(stage, reported: reported), [], [], []));

        Assert.False(Of(SweepStage.Finished, reported: false).IsOver);
        Assert.True(Of(SweepStage.Finished, reported: true).IsOver);
        Assert.True(Of(SweepStage.Stopped, reported: false).IsOver);
        Assert.False(Of(SweepStage.Ablation, reported: false).IsOver);
    }

    [Fact]
    public void PlainLines_OfASweep_AreOnePerEventWithoutControlCharacters()
    {
        ProgressModel next = First.Next(Samples.Snapshot(
            Samples.Status(completed: 2),
            [Samples.Row(2, "ce", RunState.Running)],
            [Samples.Row(0, "ce", RunState.Completed, dice: 0.5), Samples.Row(1, "adv", RunState.Completed, dice: 0.6)],
            [Samples.Progress(2, 60, 100, 10)]));
        ProgressModel same = next.Next(Samples.Snapshot(Samples.Status(completed: 2), [Samples.Row(2, "ce", RunState.Running)], null, []));
        string[] lines = [.. PlainLines.Between(null, First), .. PlainLines.Between(First, next), .. PlainLines.Between(next, same)];

        // The share goes from 0.10 to (200 + 60) / 1200 = 0.22.
        Assert.Collection(
            lines,
            l => Assert.Equal("demo-12345678: cross-validation, 1 of 12 runs settled, 2 slots", l),
            l => Assert.Equal("started: adv, fold 0, all positives, seed 1", l),
            l => Assert.Equal("settled: adv, fold 0, all positives, seed 1: DSC 0.600, sensitivity 0.600 (2 of 12)", l),
            l => Assert.Equal("started: ce, fold 1, all positives, seed 1", l),
            l => Assert.StartsWith("progress: 20 % of all steps, 10 s since the start, about ", l));
        Assert.All(lines, l => Assert.DoesNotContain(l, char.IsControl));
    }

    [Fact]
    public void LiveView_OfAModel_ShowsStageCountsTimeAndABarPerRun()
    {
        using var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(
            new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 200;

        console.Write(LiveView.Render(First, unicode: false, console.Profile.Width));

        string[] lines = text.ToString().Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("demo-12345678 - cross-validation - 1 of 12 runs - 10 % - 10 s - at least", lines[0]);
        Assert.Matches(@"^adv\s+fold 0\s+all positives\s+seed 1\s+#####\.{19}\s+20/100\s+4.0 steps/s$", lines[1]);
    }

    [Theory]
    [InlineData(0, "........")]
    [InlineData(0.5, "####....")]
    [InlineData(1, "########")]
    [InlineData(7, "########")]
    [InlineData(-1, "........")]
    public void Bar_OfAShare_FillsThatMuch(double share, string expected) => Assert.Equal(expected, LiveView.Bar(share, 8, unicode: false));
}
