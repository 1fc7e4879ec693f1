using System.Diagnostics;
using System.Text;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Telemetry;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Grains;

/// <summary>What one sweep keeps in the artifact store beside its grain's state.</summary>
/// <param name="store">The store.</param>
/// <param name="id">The sweep.</param>
/// <param name="writeFailed">Called when a write failed: it may have been carried out all the same, so nobody knows what is stored.</param>
internal sealed class SweepFiles(IArtifactStore store, SweepId id, Action writeFailed)
{
    /// <summary>How many results are read at the same time.</summary>
    internal const int ParallelReads = 16;

    /// <summary>Plans a submitted sweep and stores the plan.</summary>
    /// <exception cref="SpecException">The spec is of another sweep, cannot be planned, or names a cohort that is not in the store.</exception>
    public async Task<Plan> PlanAsync(SweepSubmission submission, TrainerIdentity trainer)
    {
        using Activity? span = Traces.Start(Spans.Plan)?.SetTag(Traces.SweepTag, id.Value);
        if (submission.Spec.Id() != id)
        {
            throw new SpecException($"the spec's id is {submission.Spec.Id()}, not {id}.");
        }

        Plan plan = Planner.Plan(submission.Spec, new PlanInputs
        {
            Cohort = await ManifestAsync(submission.CohortDigest),
            EvaluationCohort = submission.EvaluationCohortDigest is { } digest ? await ManifestAsync(digest) : null,
            Numerics = trainer.Numerics,
            Trainer = trainer.Name,
            TrainerRevision = trainer.Revision,
        });
        bool created = false;
        await WriteAsync(async () =>
        {
            await store.TryCreateAsync(ArtifactKeys.SweepSpec(id), Encoding.UTF8.GetBytes(submission.Yaml));
            created = await store.CreateAsync(ArtifactKeys.Plan(id), plan);
        });
        if (!created && await store.FindPlanAsync(id) is { } before)
        {
            submission.Spec.RequireIs(before.Spec);
        }

        return plan;
    }

    /// <summary>Everything that is stored of the sweep.</summary>
    public async Task<SweepRecords> ReadAsync(Plan plan, SweepState state)
    {
        Dictionary<string, int> indexOf = plan.Runs.Index().ToDictionary(r => r.Item.Run, r => r.Index);
        Dictionary<int, RunOutcome> outcomes = [];
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.OutcomePrefix(id)))
        {
            if (ArtifactKeys.RunOfOutcome(info.Key) is { } run
                && indexOf.TryGetValue(run.Value, out int index)
                && await OutcomeAsync(run) is { } outcome)
            {
                outcomes[index] = outcome;
            }
        }

        return new SweepRecords
        {
            Plan = plan,
            State = state,
            Tuning = await store.FindAsync(ArtifactKeys.Tuning(id)),
            Choice = await store.FindAsync(ArtifactKeys.Choice(id)),
            Outcomes = outcomes,
            Order = await store.FindAsync(ArtifactKeys.Retry(id, state.Retries + 1)),
        };
    }

    /// <summary>Stores a record unless there is one, and gives the one that is stored: the first stands, whoever stored it.</summary>
    public async Task<T> FirstAsync<T>(ArtifactKey<T> key, T record)
        where T : class
    {
        bool created = false;
        await WriteAsync(async () => created = await store.CreateAsync(key, record));
        return created ? record : await store.FindAsync(key) ?? throw new InvalidOperationException($"{key} was there and is gone");
    }

    public Task PutOutcomeAsync(string run, RunOutcome outcome) =>
        WriteAsync(() => store.WriteAsync(ArtifactKeys.Outcome(id, new RunId(run)), outcome));

    public Task DeleteOutcomesAsync(IEnumerable<string> runs) => WriteAsync(async () =>
    {
        foreach (string run in runs)
        {
            await store.DeleteAsync(ArtifactKeys.Outcome(id, new RunId(run)));
        }
    });

    /// <summary>The status, with whether the report is stored, or else why there is none yet.</summary>
    public async Task<SweepStatus> WithReportAsync(SweepStatus status) =>
        status.Stage is not SweepStage.Finished || status.Reported ? status
        : await IsReportedAsync() ? status with { Reported = true }
        : await store.GetAsync(ArtifactKeys.ReportProblem(id)) is { } problem
            ? status with { Message = $"The report could not be made and is tried again: {Encoding.UTF8.GetString(problem.Data)}" }
        : status;

    /// <summary>Whether the report is stored. An empty marker does not count: no publisher writes one.</summary>
    private async Task<bool> IsReportedAsync()
    {
        string marker = ArtifactKeys.ReportMarker(id);
        return await store.ListAsync(marker).AnyAsync(info => info.Key == marker && info.Bytes > 0);
    }

    /// <summary>Deletes a report of fewer results. The marker goes first, so that what is left is never taken for a whole report.</summary>
    public Task DeleteReportAsync() => WriteAsync(async () =>
    {
        await store.DeleteAsync(ArtifactKeys.ReportMarker(id));
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.ReportPrefix(id)))
        {
            await store.DeleteAsync(info.Key);
        }
    });

    /// <exception cref="DamagedException">The result is not in the store, cannot be read, or is another run's.</exception>
    public Task<RunResult> ResultAsync(string run) => store.RequireResultAsync(new RunId(run));

    /// <summary>Results, some at a time: they are large, and whoever waits for them holds up the sweep.</summary>
    /// <returns>Each run's result, or what is wrong with it.</returns>
    public async IAsyncEnumerable<(string Run, RunResult? Result, string? Problem)> ResultsAsync(IEnumerable<string> runs)
    {
        foreach (string[] chunk in runs.Chunk(ParallelReads))
        {
            // Off the grain's own thread.
            foreach ((string run, (RunResult? result, string? problem)) in chunk.Zip(
                await Task.WhenAll(chunk.Select(run => Task.Run(() => TryResultAsync(run))))))
            {
                yield return (run, result, problem);
            }
        }
    }

    /// <summary>The result, or what is wrong with it.</summary>
    public async Task<(RunResult? Result, string? Problem)> TryResultAsync(string run)
    {
        try
        {
            return (await ResultAsync(run), null);
        }
        catch (DamagedException e)
        {
            return (null, e.Message);
        }
    }

    /// <summary>
    /// The run's outcome. One that cannot be read counts as a failure: the sweep has given the run up, and it can be ordered again.
    /// </summary>
    private async Task<RunOutcome?> OutcomeAsync(RunId run)
    {
        try
        {
            return await store.FindAsync(ArtifactKeys.Outcome(id, run));
        }
        catch (DamagedException e)
        {
            return new RunOutcome.Failed(FailureClass.Data, $"How it ended is not known: {e.Message}", [], 0);
        }
    }

    private async Task<CohortManifest> ManifestAsync(string digest) =>
        await store.FindAsync(ArtifactKeys.CohortManifest(digest))
        ?? throw new SpecException($"cohort {digest} is not in the artifact store; submit through a client that uploads it first.");

    private async Task WriteAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch
        {
            writeFailed();
            throw;
        }
    }
}
