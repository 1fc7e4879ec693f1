using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>One sweep from its start to its end. What is settled is re-derived on activation; only the stage is stored.</summary>
[GrainType("sweep")]
public sealed partial class SweepGrain(
    [PersistentState("sweep", StorageNames.Artifacts)] IPersistentState<SweepState> state,
    IArtifactStore store,
    PlanCatalog plans,
    TrainerIdentity trainer,
    TimeProvider clock,
    ILogger<SweepGrain> logger) : Grain, ISweepGrain
{
    private readonly Dictionary<int, RunOutcome> _outcomes = [];
    private Plan? _plan;
    private SweepLedger? _ledger;
    private Tuning? _tuning;
    private Choice? _choice;
    private SweepRows? _rows;
    private IGrainTimer? _advance;

    private SweepId Id => new(this.GetPrimaryKeyString());

    private ISchedulerGrain Scheduler => GrainFactory.GetGrain<ISchedulerGrain>(ISchedulerGrain.Key);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (state.State.Stage is null)
        {
            return;
        }

        // Claiming the state by a write makes an older activation that still believes in itself lose on the ETag.
        await StoreAsync(state.State with { Epoch = state.State.Epoch + 1 });
        await RestoreAsync();
        AdvanceSoon();
    }

    public async Task<SweepStatus> Start(SweepSubmission submission)
    {
        if (state.State.Stage is null)
        {
            if (submission.Spec.Id() != Id)
            {
                throw new SpecException($"the spec's id is {submission.Spec.Id()}, not {Id}.");
            }

            Plan plan = await PlanAsync(submission);
            await store.TryCreateAsync(ArtifactKeys.SweepSpec(Id), System.Text.Encoding.UTF8.GetBytes(submission.Yaml));
            await store.TryCreateAsync(ArtifactKeys.Plan(Id), CanonicalJson.Write(plan));
            await StoreAsync(state.State with { Stage = FirstStage(plan), Started = clock.GetUtcNow(), Epoch = 1 });
            await OrAgainAsync(RestoreAsync);
            LogStarted(logger, Id.Value, _ledger!.Planned);
        }

        return (await GetStatus())!;
    }

    public Task<bool> Touch() => Task.FromResult(state.State.HasEnded);

    public async Task<SweepStatus?> GetStatus()
    {
        if (_ledger is null)
        {
            return null;
        }

        OpenRuns? open = state.State.HasEnded ? null : await Scheduler.GetOpenRuns(Id.Value);
        return new SweepStatus
        {
            Sweep = Id.Value,
            Name = _plan!.Spec.Name,
            Owner = _plan.Spec.Owner,
            Priority = _plan.Spec.Priority,
            Stage = state.State.Stage!.Value,
            Paused = state.State.Paused,
            PausedRuns = state.State.PausedRuns.Count,
            Started = state.State.Started,
            Ended = state.State.Ended,
            Planned = _ledger.Planned,
            Running = open?.Leases.Count ?? 0,
            Completed = _ledger.Count(RunState.Completed),
            Failed = _ledger.Count(RunState.Failed),
            Cancelled = _ledger.Count(RunState.Cancelled),
            Reused = state.State.Reused + (open?.Queue?.Reused ?? 0),
            Tuning = _tuning,
            TuningRuns = _plan.Spec.IsTuned() ? TuningRuns() : null,
            Choice = _choice,
            Message = state.State.Message,
            Reported = await store.ExistsAsync(ArtifactKeys.ReportPrefix(Id) + "summary.json"),
        };
    }

    private TuningProgress TuningRuns()
    {
        int[] runs = [.. _ledger!.TuningRuns];
        return new TuningProgress(runs.Count(i => RunStates.IsSettled(_ledger.States[i])), runs.Length);
    }

    public async Task<RunPage> GetRuns(int offset, int count, RunState? state) =>
        _rows is null ? new RunPage(0, offset, []) : await _rows.PageAsync(offset, count, state, await OpenRunsAsync());

    public async Task<RunRow[]> GetCell(int fold, int? level) => _rows is null ? [] : await _rows.CellAsync(fold, level, await OpenRunsAsync());

    public async Task RunSettled(SettledRun settled)
    {
        (string run, RunOutcome outcome) = settled;
        if (_ledger?.IndexOf(run) is not { } index || state.State.HasEnded)
        {
            return;
        }

        if (_ledger.States[index] == RunState.Cancelled)
        {
            // Cancelled while this was on its way: a retry finds a result, if there is one.
            return;
        }

        if (outcome is RunOutcome.Failed failed)
        {
            if (!(await Scheduler.GetOpenRuns(Id.Value)).Settling.Contains(new OpenSettlement(index, failed.Attempt)))
            {
                // The run was retried while this was on its way: another attempt decides.
                return;
            }

            // A failure belongs to this sweep alone; it must be in the store before the scheduler may forget it.
            await store.PutAsync(ArtifactKeys.Outcome(Id, new RunId(run)), CanonicalJson.Write(outcome));
            _outcomes[index] = outcome;
        }

        Failpoint.Reach(Failpoint.BeforeSweepAcknowledges);
        if (_ledger.Settle(index, outcome))
        {
            AdvanceSoon();
        }
    }

    private async Task<OpenRuns> OpenRunsAsync() =>
        state.State.HasEnded ? new OpenRuns { Leases = [], Settling = [] } : await Scheduler.GetOpenRuns(Id.Value);

    private async Task<Plan> PlanAsync(SweepSubmission submission)
    {
        var inputs = new PlanInputs
        {
            Cohort = await ManifestAsync(submission.CohortDigest),
            EvaluationCohort = submission.EvaluationCohortDigest is { } digest ? await ManifestAsync(digest) : null,
            Numerics = trainer.Numerics,
            Trainer = trainer.Name,
            TrainerRevision = trainer.Revision,
        };
        return Planner.Plan(submission.Spec, inputs);
    }

    private async Task<CohortManifest> ManifestAsync(string digest)
    {
        string key = ArtifactKeys.CohortManifest(digest);
        Artifact artifact = await store.GetAsync(key)
            ?? throw new SpecException($"cohort {digest} is not in the artifact store; submit through a client that uploads it first.");
        return CanonicalJson.Read<CohortManifest>(artifact.Data, key);
    }

    private async Task StoreAsync(SweepState next)
    {
        SweepState before = state.State;
        state.State = next;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            // Not stored, not believed: the next activation reads the truth.
            state.State = before;
            DeactivateOnIdle();
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Sweep {Sweep} started: {Runs} runs before its first choice")]
    private static partial void LogStarted(ILogger logger, string sweep, int runs);
}
