using AdvSeg.Client.Progress;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Progress;
using CsCheck;

namespace AdvSeg.Client.Tests;

public class EtaTests
{
    [Fact]
    public void Makespan_OfEqualRuns_IsTheNumberOfRoundsTimesOneRun()
    {
        // 7 runs of 60 s on 3 slots: ceil(7 / 3) = 3 rounds.
        TimeSpan time = Eta.Makespan([], [[60, 60, 60, 60, 60, 60, 60]], 3);

        Assert.Equal(TimeSpan.FromSeconds(180), time);
    }

    [Fact]
    public void Makespan_OfRunsThatDivideEvenly_IsTheWorkOverTheSlots() =>
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 20], Gen.Double[1, 1000]).Sample((slots, rounds, seconds) =>
        {
            double[] queued = [.. Enumerable.Repeat(seconds, slots * rounds)];
            Assert.Equal(queued.Sum() / slots, Eta.Makespan([], [queued], slots).TotalSeconds, 1e-6 * queued.Sum());
        });

    [Fact]
    public void Makespan_OfAnyRuns_LiesBetweenItsBounds() =>
        Gen.Select(Gen.Int[1, 6], Gen.Double[0, 100].Array[0, 30]).Sample((slots, queued) =>
        {
            // Graham 1966: work / slots <= greedy <= work / slots + (1 - 1 / slots) longest.
            double longest = queued.Length == 0 ? 0 : queued.Max();
            double time = Eta.Makespan([], [queued], slots).TotalSeconds;
            Assert.InRange(time, (queued.Sum() / slots) - 1e-6, (queued.Sum() / slots) + ((1 - (1.0 / slots)) * longest) + 1e-6);
        });

    [Fact]
    public void Makespan_OfTwoStages_WaitsForTheLastRunOfTheFirst()
    {
        // The first stage ends at 100 s because of one long run; the second is 2 rounds of 30 s.
        TimeSpan time = Eta.Makespan([100, 10], [[20], [30, 30, 30, 30]], 2);

        Assert.Equal(TimeSpan.FromSeconds(160), time);
    }

    [Fact]
    public void Estimate_WithBothSpeedsMeasured_CountsEachVariantAtItsOwn()
    {
        // Slots hold ce (half done at 10 steps/s: 5 s left) and adv (80 left at 4 steps/s: 20 s left); 3 + 3 wait, then 2 + 2 of the
        // ablation. ce takes 10 s, adv 25 s; turns: ce adv ce adv ce adv.
        // Slot A: 5 +10=15 +25=40 +10=50; slot B: 20 ... greedy: 5->15 ce, 15->40 adv, 20->30 ce, 30->55 adv, 40->50 ce, 50->75 adv: 75 s.
        // Ablation from 75: ce 85, adv 100, ce 85->95, adv 95->120.
        ProgressModel model = ProgressModel.First(Samples.Shape(), Samples.Snapshot(
            Samples.Status(),
            [Samples.Row(0, "ce", RunState.Running), Samples.Row(1, "adv", RunState.Running)],
            [],
            [Samples.Progress(0, 50, 100, 10), Samples.Progress(1, 20, 100, 4)]));

        Assert.NotNull(model.Eta);
        Assert.Empty(model.Eta.Unmeasured);
        Assert.Equal(120, model.Eta.Remaining.TotalSeconds, 6);
    }

    [Fact]
    public void Estimate_WithAnUnmeasuredVariant_SaysItIsALowerBound()
    {
        ProgressModel model = ProgressModel.First(Samples.Shape(), Samples.Snapshot(
            Samples.Status(), [Samples.Row(0, "ce", RunState.Running)], [], [Samples.Progress(0, 50, 100, 10)], slots: 1));

        Assert.NotNull(model.Eta);
        Assert.Equal(["adv"], model.Eta.Unmeasured);

        // ce alone: 5 s left, 3 more runs, 2 reduced runs of 10 s.
        Assert.Equal(55, model.Eta.Remaining.TotalSeconds, 6);
    }

    /// <summary>
    /// A page counts what its sweep's ledger has settled, a terminal the rows that it has fetched. Two slots train a plan to its end, one
    /// variant four times as slow as the other; both are asked at every step.
    /// </summary>
    [Fact]
    public void Estimate_OfAPageAndOfATerminal_IsTheSameAllAlongOneHistory()
    {
        Plan plan = Samples.Plan();
        var ledger = new SweepLedger(plan);
        var shape = SweepShape.Of(plan.Spec);
        ProgressModel? terminal = null;
        Forecast page = Forecast.Unseen;
        List<double> left = [];
        for (int done = 0; done < plan.Runs.Count; done++)
        {
            if (done == plan.CrossValidationRuns)
            {
                ledger.Choose(Samples.Choice);
            }

            SweepStatus status = Samples.Status(done < plan.CrossValidationRuns ? SweepStage.CrossValidation : SweepStage.Ablation, completed: done);
            RunRow[] rows = [.. plan.Runs.Select((run, i) => Samples.Row(plan, i)).Where(r => ledger.States[r.Index] != RunState.NotChosen)];
            RunRow[] running = [.. rows.Where(r => ledger.States[r.Index] == RunState.Queued).Take(2)];
            if (running.Length == 0)
            {
                break;
            }

            RunProgress[] progress = [.. running.Select(r => Samples.Progress(plan, r, rate: r.Variant == "adversarial" ? 5 : 20))];
            RunRow[] settled = [.. rows.Where(r => ledger.States[r.Index] == RunState.Completed)];
            Snapshot snapshot = Samples.Snapshot(status, running, settled, progress);
            terminal = terminal?.Next(snapshot) ?? ProgressModel.First(shape, snapshot);
            RunningRun[] seen = [.. running.Zip(progress, (row, p) => new RunningRun(row, p.Progress))];
            page = page.Next(Workload.Of(shape, status, seen, ledger.SettledByVariant()), snapshot.Slots);

            Assert.NotNull(page.Eta);
            Assert.Equal(page.Eta.Remaining, terminal.Eta!.Remaining);
            Assert.Equal(page.Eta.Unmeasured, terminal.Eta.Unmeasured);
            left.Add(page.Eta.Remaining.TotalSeconds);
            ledger.Settle(running[0].Index, new RunOutcome.Completed());
        }

        Assert.InRange(left.Count, plan.CrossValidationRuns + 1, plan.Runs.Count);

        // The last run is of the slow variant and has nine tenths of 700 steps left, at 5 a second.
        Assert.Equal(126, left[^1], 0.001);
        Assert.Equal(left.Max(), left[1]);
    }

    [Fact]
    public void Estimate_WithNothingMeasured_IsAbsent()
    {
        ProgressModel model = ProgressModel.First(Samples.Shape(), Samples.Snapshot(
            Samples.Status(), [Samples.Row(0, "ce", RunState.Running)], [], [Samples.Progress(0, 0, 100, 0)]));

        Assert.Null(model.Eta);
    }
}
