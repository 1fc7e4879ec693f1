using AdvSeg.Core.Explaining;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Sweeps;

/// <summary>Which runs of a sweep that tunes are wanted before and after its candidates are chosen, and what a run says of it.</summary>
public sealed class TuningLedgerTests
{
    private static readonly Plan Plan = TunedSweep.Plan;
    private static readonly RunOutcome Failed = new RunOutcome.Failed(FailureClass.Divergence, "the loss is NaN", [], 3);

    /// <summary>Hybrid's candidate 3 and cross-entropy's 0: runs 0 and 6 of each fold's seven.</summary>
    private static readonly Tuning Chosen = TunedSweep.Choose(crossEntropy: 0, hybrid: 3);

    [Fact]
    public void Ledger_BeforeTheChoice_QueuesWhatTunesAndWhatIsNotTuned()
    {
        var ledger = new SweepLedger(Plan);

        Assert.Equal(28 + 4, ledger.Planned);
        Assert.All(ledger.States.Take(32), s => Assert.Equal(RunState.Queued, s));
        Assert.All(ledger.States.Skip(32), s => Assert.Equal(RunState.Conditional, s));
        Assert.Equal(24, ledger.TuningRuns.Count());
        Assert.Equal(2 * 4 * 3, ledger.OpenCrossValidation);
        Assert.True(ledger.HasOpenTuning);
        Assert.Equal([true, false], new[] { 2, 0 }.Select(ledger.IsCompared));
    }

    [Fact]
    public void Choose_OnceAllTuningRunsAreSettled_QueuesTheChosenAndClosesTheOthers()
    {
        var ledger = Tuned();

        Assert.Equal([32, 33, 34, 35, 52, 53, 54, 55], Indices(ledger, RunState.Queued).Where(i => i >= 32));
        Assert.Equal(8 + 8, ledger.OpenCrossValidation);
        Assert.Equal(4 * 8, ledger.Count(RunState.Conditional));
        Assert.Equal(16 + (4 * 4), ledger.Count(RunState.NotChosen));
        Assert.Equal([true, false, true], new[] { 0, 1, 6 }.Select(ledger.IsCompared));
    }

    [Fact]
    public void Choose_FoldAfterTheCandidates_QueuesTheChosenCandidatesReducedRuns()
    {
        SweepLedger ledger = Tuned();

        ledger.Choose(new Choice { Folds = [1], MeanDice = [], Reason = "" });

        Assert.Equal(Enumerable.Range(68, 8), Indices(ledger, RunState.Queued).Where(i => i >= 56));
        Assert.Equal(0, ledger.Count(RunState.Conditional));
    }

    [Fact]
    public void Choose_FailedRunOfALosingCandidate_IsNotChosenInsteadOfFailed()
    {
        SweepLedger ledger = Tuned(failed: 1);
        Assert.Equal((RunState.NotChosen, 0), (ledger.States[1], ledger.Count(RunState.Failed)));
        Assert.False(ledger.Settle(1, Failed));
    }

    /// <summary>A choice that was stored before the crash is applied first, outcomes after it.</summary>
    [Fact]
    public void Restore_AfterTheChoice_EndsWithTheStatesFromBefore()
    {
        SweepLedger before = Tuned(failed: 1);
        var after = new SweepLedger(Plan);
        var queue = new SweepQueue
        {
            Sweep = "a",
            Owner = "ann",
            Priority = 0,
            Numerics = "cpu",
            Order = 0,
            Ranges = [new IndexRange(0, 32), new IndexRange(32, 4), new IndexRange(52, 4)],
            Cursor = 28,
        };

        after.Choose(Chosen);
        after.Restore(
            new OpenRuns
            {
                Leases = [],
                Settling = [],
                Queue = queue with { Requeued = [.. Enumerable.Range(0, 4).Select(f => new RequeuedRun((7 * f) + 2, null, RunHistory.None))] },
            },
            new Dictionary<int, RunOutcome> { [1] = Failed },
            new HashSet<int>());

        Assert.Equal(before.States, after.States);
        Assert.False(after.HasOpenTuning);
    }

    [Fact]
    public void Explain_RunOfACandidate_SaysWhatItWaitsForAndWhyItWasNotChosen()
    {
        RunFacts Facts(int index, RunState state) =>
            new() { Plan = Plan, Index = index, Stage = SweepStage.Tuning, State = state, TuningRuns = new TuningProgress(5, 24) };
        Why waiting = WhyRules.Explain(Facts(33, RunState.Conditional));
        Why reduced = WhyRules.Explain(Facts(72, RunState.Conditional));
        Why untuned = WhyRules.Explain(Facts(56, RunState.Conditional) with { OpenCrossValidation = 24 });
        Why losing = WhyRules.Explain(Facts(1, RunState.NotChosen) with { Tuning = Chosen, Outcome = Failed });

        Assert.Equal(
            (
                WhyReason.WaitsForTuning,
                "It is trained only if the candidate learningRate 0.001 of cross-entropy is chosen; 19 of 24 tuning runs are still open."),
            (waiting.Reason, waiting.Evidence));
        Assert.Contains("of cross-entropy is chosen, and then only if fold 1 is chosen too; 19 of 24", reduced.Evidence, StringComparison.Ordinal);
        Assert.Equal(
            (WhyReason.Conditional, "It is trained only if fold 0 is chosen; 24 of 24 cross-validation runs are still open."),
            (untuned.Reason, untuned.Evidence));
        Assert.Equal(WhyReason.NotChosen, losing.Reason);
        Assert.Equal(
            "It belongs to the candidate learningRate 0.002 of cross-entropy, which was not chosen. cross-entropy was told. Its own attempt 3, "
                + "the last, failed: the loss is NaN",
            losing.Evidence);
    }

    /// <summary>Every tuning run completed but one that may have failed, then the choice.</summary>
    /// <summary>
    /// The release before ended such a run as cancelled with its sweep, and an order of then may name it. It is not wanted again, and a sweep with
    /// such an order can be read.
    /// </summary>
    [Fact]
    public void Retry_OfALostRunOfALosingCandidateThatWasCancelledWithItsSweep_ChangesNothing()
    {
        SweepLedger ledger = Tuned();
        const int Losing = 1;
        Assert.Equal(RunState.Completed, ledger.States[Losing]);
        ledger.Lose(Losing);
        ledger.CancelRest();

        ledger.Retry(Losing);

        Assert.Equal(RunState.NotChosen, ledger.States[Losing]);
        Assert.Throws<InvalidOperationException>(() => ledger.Retry(0));
    }

    private static SweepLedger Tuned(int? failed = null)
    {
        var ledger = new SweepLedger(Plan);
        foreach (int index in ledger.TuningRuns.ToArray())
        {
            ledger.Settle(index, index == failed ? Failed : new RunOutcome.Completed());
        }

        Assert.False(ledger.HasOpenTuning);
        ledger.Choose(Chosen);
        ledger.Choose(Chosen);
        return ledger;
    }

    private static IEnumerable<int> Indices(SweepLedger ledger, RunState state) =>
        ledger.States.Index().Where(s => s.Item == state).Select(s => s.Index);
}
