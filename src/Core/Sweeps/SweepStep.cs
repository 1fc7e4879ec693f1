using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Sweeps;

/// <summary>What a sweep does next: one effect, which may be repeated after a crash.</summary>
public abstract record SweepStep
{
    private SweepStep()
    {
    }

    /// <summary>Nothing until a run is settled or somebody asks for something.</summary>
    public sealed record Nothing : SweepStep;

    /// <summary>Tell the scheduler; then <see cref="SweepMachine.Told"/>.</summary>
    public sealed record Tell(SweepWants Wants) : SweepStep;

    /// <summary>Decide the candidates from the scores of the tuning runs, once; then <see cref="SweepMachine.Decided(Plans.Tuning)"/>.</summary>
    public sealed record DecideTuning : SweepStep;

    /// <summary>Decide the folds of the ablation from the held-out scores, once; then <see cref="SweepMachine.Decided(Plans.Choice)"/>.</summary>
    public sealed record DecideChoice : SweepStep;

    /// <summary>Store the state in which the sweep is in its next stage; then <see cref="SweepMachine.Believe"/>.</summary>
    public sealed record Enter(SweepState Next, string Reason) : SweepStep;

    /// <summary>
    /// Store the state in which the sweep has ended, <see cref="SweepMachine.Ended"/>; then <see cref="SweepMachine.Believe"/>. What is
    /// stored of a report goes before it.
    /// </summary>
    /// <param name="Stage">The stage it ends in.</param>
    /// <param name="Message">Why, where the stage does not say it.</param>
    /// <param name="AfterRetry">
    /// The sweep ends after a retry: a publisher that began before it may have stored a report of the earlier results.
    /// </param>
    public sealed record End(SweepStage Stage, string? Message, bool AfterRetry) : SweepStep;

    /// <summary>Store the state in which the retried runs are wanted; then <see cref="SweepMachine.Believe"/>.</summary>
    public sealed record Reopen(SweepState Next) : SweepStep;

    /// <summary>Delete the outcomes of these runs, by plan index, and the report; then <see cref="SweepMachine.Cleared"/>.</summary>
    public sealed record Clear(IReadOnlyList<int> Outcomes) : SweepStep;

    /// <summary>Store the state in which the order counts as carried out; then <see cref="SweepMachine.Believe"/>.</summary>
    public sealed record Count(SweepState Next) : SweepStep;
}
