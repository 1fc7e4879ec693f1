using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Scheduling;

/// <summary>Each state of a run has one reason with its evidence and a next step; waiting runs stand in a real queue.</summary>
public sealed class WhyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly string Cpu = Numerics.DefaultCpu.ToString();
    private static readonly Plan OfA = SmokePlan.Make();

    [Theory]
    [InlineData(FailureClass.Data, WhyReason.FailedData, "correct the cohort")]
    [InlineData(FailureClass.Divergence, WhyReason.FailedDivergence, "learning rate")]
    [InlineData(FailureClass.HostOutOfMemory, WhyReason.FailedHostOutOfMemory, "more memory")]
    [InlineData(FailureClass.GpuOutOfMemory, WhyReason.FailedGpuOutOfMemory, "Free the GPU")]
    [InlineData(FailureClass.CrashLoop, WhyReason.FailedCrashLoop, "machines")]
    [InlineData(FailureClass.Code, WhyReason.FailedCode, "advseg logs")]
    public void Explain_FailedRun_GivesMessageLogAndTheRemedyOfItsClass(FailureClass failure, WhyReason reason, string remedy)
    {
        Why why = Settled(RunState.Failed, f => f with { Outcome = new RunOutcome.Failed(failure, "it broke", ["a", "b"], 7) });

        Assert.Equal((reason, "Attempt 7, its last: it broke"), (why.Reason, why.Evidence));
        Assert.Contains(remedy, why.NextStep);
        Assert.Equal(["a", "b"], why.LogTail);
    }

    /// <summary>The reference lists them all.</summary>
    [Fact]
    public void Reasons_OfThePage_AreThoseThereAre()
    {
        string page = File.ReadAllText(SourceFile.Of("docs/reference.md"));
        string listed = page[page.IndexOf("Reasons, the first that applies: ", StringComparison.Ordinal)..].Split("\n\n")[0];

        Assert.Equal(
            Enum.GetValues<WhyReason>().Select(Kebab.Of).Order(StringComparer.Ordinal),
            listed.Split('`').Where((_, i) => i % 2 == 1).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Explain_EveryFailureClass_HasItsOwnReason() =>
        Assert.Equal(
            Enum.GetValues<FailureClass>().Length,
            Enum.GetValues<FailureClass>().Select(
                c => Settled(RunState.Failed, f => f with { Outcome = new RunOutcome.Failed(c, "x", [], 1) }).Reason).Distinct().Count());

    [Fact]
    public void Explain_CancelledRun_TellsItselfFromItsSweep()
    {
        Why alone = Settled(RunState.Cancelled, f => f with { Outcome = new RunOutcome.Cancelled("too slow") });
        Why together = Settled(RunState.Cancelled, f => f with { Stage = SweepStage.Cancelled, SweepMessage = "wrong question" });

        Assert.Equal((WhyReason.Cancelled, "It was cancelled: too slow."), (alone.Reason, alone.Evidence));
        Assert.Contains($"advseg retry {OfA.Sweep} {OfA.Runs[1].Run[..12]}", alone.NextStep);
        Assert.Equal((WhyReason.SweepCancelled, "Its sweep was cancelled: wrong question."), (together.Reason, together.Evidence));
    }

    [Fact]
    public void Explain_AblationRun_SaysWhichFoldAndWhatIsOpen()
    {
        int index = OfA.Folds[2].AblationStart;
        Why waiting = WhyRules.Explain(Facts(RunState.Conditional, index) with { OpenCrossValidation = 5 });
        Why stopped = WhyRules.Explain(Facts(RunState.Conditional, index) with { Stage = SweepStage.Stopped, SweepMessage = "No fold is eligible." });
        Why not = WhyRules.Explain(
            Facts(RunState.NotChosen, index) with { Choice = new Choice { Folds = [1], MeanDice = [], Reason = "Fold 1 has the highest." } });

        Assert.Equal(
            (WhyReason.Conditional, "It is trained only if fold 2 is chosen; 5 of 12 cross-validation runs are still open."),
            (waiting.Reason, waiting.Evidence));
        Assert.Equal((WhyReason.SweepStopped, "The sweep stopped: No fold is eligible."), (stopped.Reason, stopped.Evidence));
        Assert.Equal(
            (WhyReason.NotChosen, "It belongs to fold 2, which was not chosen for the ablation. Fold 1 has the highest."),
            (not.Reason, not.Evidence));
    }

    [Fact]
    public void Explain_RunningRun_GivesWorkerAttemptStepAndStart()
    {
        LeaseQueue queue = Queue();
        queue.Grant("w1", 1, Cpu, Now.AddMinutes(-3));
        Why why = Waiting(queue, 0, new() { Step = 40, Steps = 100 }, Worker("w1", 1, 1));
        queue.Hold("a", [0]);
        Why stopping = Waiting(queue, 0, null, Worker("w1", 1, 1));

        Assert.Equal(
            (RunState.Running, WhyReason.Running, "Attempt 1 on w1, since 2026-01-01 11:57:00Z: step 40 of 100."),
            (why.State, why.Reason, why.Evidence));
        Assert.Equal(WhyReason.Stopping, stopping.Reason);
    }

    [Fact]
    public void Explain_RunTrainedForAnotherSweep_NamesIt()
    {
        var queue = new LeaseQueue(new QueueSnapshot(), (_, i) => OfA.Runs[i].Run, new LeasePolicy(), Now);
        queue.Add("b", "bob", 0, Cpu, new IndexRange(0, 1));
        queue.Grant("w1", 1, Cpu, Now);
        queue.Add("a", "ann", 0, Cpu, new IndexRange(0, 12));

        Why why = Waiting(queue, 0, null, Worker("w1", 1, 1));

        Assert.Equal((RunState.Queued, WhyReason.Running), (why.State, why.Reason));
        Assert.Contains("trained for b", why.Evidence);
    }

    [Fact]
    public void Standing_OfASharedRunThatOneSweepPaused_IsNotStopping()
    {
        var queue = new LeaseQueue(new QueueSnapshot(), (_, i) => $"run{i}", new LeasePolicy(), Now);
        queue.Add("a", "ann", 0, Cpu, new IndexRange(0, 1));
        queue.Add("b", "bob", 0, Cpu, new IndexRange(0, 1));
        queue.Grant("w1", 1, Cpu, Now);
        queue.Grant("w1", 2, Cpu, Now);

        queue.Hold("a", [0]);
        bool whileOne = queue.StandingOf("b", 0, "run0", [], Now).Lease!.Stopping;
        int stoppedByOne = queue.Stopping.Count();
        queue.Hold("b", [0]);

        Assert.Equal((false, 0), (whileOne, stoppedByOne));
        Assert.Equal((true, 1), (queue.StandingOf("b", 0, "run0", [], Now).Lease!.Stopping, queue.Stopping.Count()));
    }

    [Fact]
    public void Standing_OfRunsThatWaitAgain_CountsThoseServedBefore()
    {
        LeaseQueue queue = Queue();
        long[] tokens = [queue.Grant("w1", 1, Cpu, Now)!.Token, queue.Grant("w1", 1, Cpu, Now)!.Token, queue.Grant("w1", 1, Cpu, Now)!.Token];
        Array.ForEach(tokens, token => queue.Release(token, AttemptEnd.Preempted, 0, Now));

        Assert.Equal([0, 1, 2, 3, 5], new[] { 0, 1, 2, 3, 5 }.Select(i => queue.StandingOf("a", i, $"a{i}", [], Now).AheadInSweep));
    }

    [Fact]
    public void Explain_RunThatLostItsWorkerAgain_SaysSoAndWhenItIsTriedAgain()
    {
        LeaseQueue queue = Queue();
        for (int i = 1; i <= 2; i++)
        {
            queue.Lose(new LostLease(queue.Grant($"w{i}", i, Cpu, Now)!.Token, "the worker died", Counts: true), Now);
        }

        Why why = Waiting(queue, 0, null, Worker("w3", 1, 0));

        Assert.Equal(
            (
                WhyReason.RetryLater,
                "It lost its worker 2 times without a new checkpoint; it waits before it is tried again. The last: the worker died."),
            (why.Reason, why.Evidence));
        Assert.Contains("12:00:20Z", why.NextStep);
    }

    [Fact]
    public void Explain_WithheldRun_NamesWhatWithholdsItSweepBeforeRunBeforeRetry()
    {
        LeaseQueue queue = Queue();
        Lease lease = queue.Grant("w1", 1, Cpu, Now)!;
        queue.Fail(lease.Token, FailureClass.Code, "boom", [], Now);
        Why retry = Waiting(queue, 0, null, Worker("w1", 1, 0));
        queue.Hold("a", [0]);
        Why run = Waiting(queue, 0, null, Worker("w1", 1, 0));
        queue.SetPaused("a", true);
        Why sweep = Waiting(queue, 0, null, Worker("w1", 1, 0));

        Assert.Equal(
            (WhyReason.RetryLater, "1 of its attempts failed; it waits before it is tried again. The last: boom."), (retry.Reason, retry.Evidence));
        Assert.Contains("12:00:05Z", retry.NextStep);
        Assert.Equal(WhyReason.RunPaused, run.Reason);
        Assert.Contains($"advseg resume a {OfA.Runs[0].Run[..12]}", run.NextStep);
        Assert.Equal(WhyReason.SweepPaused, sweep.Reason);
    }

    [Fact]
    public void Explain_OwnerAtTheLimit_GivesUsedAndLimit()
    {
        LeaseQueue queue = Queue(new OwnerLimit("ann", 1.5));
        queue.Grant("w1", 1, Cpu, Now.AddHours(-2));

        Why why = Waiting(queue, 1, null, Worker("w1", 1, 1));

        Assert.Equal((WhyReason.OwnerAtLimit, "Owner ann has used 2 of 1.5 GPU-hours."), (why.Reason, why.Evidence));
    }

    [Fact]
    public void Explain_NoWorkerThatFits_SaysWhichThereAre()
    {
        LeaseQueue queue = Queue();
        WorkerView gpu = Worker("g", 1, 0) with { Numerics = Numerics.DefaultCpu with { Device = DeviceKind.Cuda, DeviceName = "H100" } };

        Why none = Waiting(queue, 0, null);
        Why other = Waiting(queue, 0, null, gpu);
        Why draining = Waiting(queue, 0, null, gpu, Worker("w1", 2, 0) with { Draining = true });

        Assert.Equal(WhyReason.NoWorker, none.Reason);
        Assert.Equal(WhyReason.NoMatchingWorker, other.Reason);
        Assert.Contains($"trained with {Cpu}; the workers have cuda/H100", other.Evidence);
        Assert.Equal((WhyReason.WorkersDraining, true), (draining.Reason, draining.Evidence.EndsWith("draining: w1.", StringComparison.Ordinal)));
    }

    [Fact]
    public void Explain_OnlyWorkersOfAnotherCanary_NamesBothAndTheRemedy()
    {
        LeaseQueue queue = Queue();
        queue.Grant("w1", 1, Cpu, Now, "canary");
        WorkerView other = Worker("w2", 2, 0) with { Canary = "0123456789abcdef" };

        Why refused = Waiting(queue, 3, null, other);
        Why served = Waiting(queue, 3, null, other, Worker("w1", 2, 1));

        Assert.Equal(WhyReason.OtherCanary, refused.Reason);
        Assert.Contains("begun by a worker with the canary canary; the workers with", refused.Evidence);
        Assert.Contains("have 0123456789ab (w2)", refused.Evidence);
        Assert.Contains("retry a --cancelled", refused.NextStep);
        Assert.Equal((WhyReason.NextInLine, "1 of 2 slots are free."), (served.Reason, served.Evidence));
    }

    [Fact]
    public void Explain_FreeSlot_IsNextInLine()
    {
        Why why = Waiting(Queue(), 3, null, Worker("w1", 2, 1));

        Assert.Equal((WhyReason.NextInLine, "1 of 2 slots are free."), (why.Reason, why.Evidence));
    }

    [Fact]
    public void Explain_AllSlotsBusy_NamesWhoIsServedBefore()
    {
        LeaseQueue queue = Queue();
        WorkerView busy = Worker("w1", 2, 2);
        queue.Grant("w1", 1, Cpu, Now);
        queue.Grant("w1", 2, Cpu, Now);

        Why first = Waiting(queue, 2, null, busy);
        Why third = Waiting(queue, 4, null, busy);
        queue.Add("b", "bob", 0, Cpu, new IndexRange(0, 4));
        Why behindBob = Waiting(queue, 2, null, busy);
        queue.Add("urgent", "cyd", 5, Cpu, new IndexRange(0, 4));
        Why behindPriority = Waiting(queue, 2, null, busy);

        Assert.Equal(WhyReason.NextInLine, first.Reason);
        Assert.Equal((WhyReason.AllSlotsBusy, "All 2 slots are busy, and 2 runs of its sweep are served before it."), (third.Reason, third.Evidence));
        Assert.Equal(WhyReason.BehindFairShare, behindBob.Reason);
        Assert.Contains("owner ann has 2 running; owner bob of b has 0", behindBob.Evidence);
        Assert.Equal(WhyReason.BehindPriority, behindPriority.Reason);
        Assert.Contains("urgent (5)", behindPriority.Evidence);
    }

    [Fact]
    public void Explain_SettlingOrUnknownToTheScheduler_SaysSo()
    {
        LeaseQueue queue = Queue();
        queue.Grant("w1", 1, Cpu, Now);
        queue.Complete("a0", foundBeforeTraining: false, Now);
        var empty = new LeaseQueue(new QueueSnapshot(), (_, _) => "", new LeasePolicy(), Now);

        Assert.Equal(WhyReason.Settling, Waiting(queue, 0, null).Reason);
        Assert.Equal(WhyReason.Queueing, Waiting(empty, 0, null).Reason);
    }

    private static LeaseQueue Queue(params OwnerLimit[] limits)
    {
        var queue = new LeaseQueue(new QueueSnapshot(), (sweep, index) => $"{sweep}{index}", new LeasePolicy { Limits = limits }, Now);
        queue.Add("a", "ann", 0, Cpu, new IndexRange(0, 12));
        return queue;
    }

    private static WorkerView Worker(string name, int slots, int busy) => new(name, Numerics.DefaultCpu, "canary", slots, busy, Draining: false, []);

    private static Why Waiting(LeaseQueue queue, int index, TrainingProgress? progress, params WorkerView[] workers)
    {
        string run = queue.Leases.FirstOrDefault(l => l.Run == OfA.Runs[index].Run)?.Run ?? $"a{index}";
        return WhyRules.Explain(Facts(RunState.Queued, index) with
        {
            Plan = OfA with { Sweep = "a" },
            Standing = queue.StandingOf("a", index, run, workers, Now),
            Progress = progress,
        });
    }

    private static Why Settled(RunState state, Func<RunFacts, RunFacts> change) => WhyRules.Explain(change(Facts(state, 1)));

    private static RunFacts Facts(RunState state, int index) =>
        new() { Plan = OfA, Index = index, Stage = SweepStage.CrossValidation, State = state };
}
