using System.Text;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Yaml;

namespace AdvSeg.UseCases.Mending;

/// <summary>
/// Plans a sweep again from its text. Cohorts, numerics and trainer are taken from a run in the store. The plan is the right one if it lists that
/// very run, because a run's id is made from all of these.
/// </summary>
internal sealed class PlanMender(IArtifactStore store, SweepId sweep)
{
    /// <summary>The plan, or null when nothing in the store says what it was planned with.</summary>
    public async Task<Plan?> FindAsync(CancellationToken cancellationToken)
    {
        if (await SpecAsync(cancellationToken) is not { } spec)
        {
            return null;
        }

        HashSet<string> tried = [];
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.RunsPrefix(""), cancellationToken))
        {
            if (ArtifactKeys.RunOfSpec(info.Key) is { } run
                && await RunSpecAsync(run, cancellationToken) is { } trained
                && tried.Add(Digest.OfJson(InputsOf(trained)))
                && await PlanAsync(spec, trained, cancellationToken) is { } plan
                && plan.Runs.Any(r => r.Run == run.Value))
            {
                return plan;
            }
        }

        return null;
    }

    private static Inputs InputsOf(RunSpec run) => new(run.CohortDigest, run.EvaluationCohortDigest, run.Numerics, run.Trainer, run.TrainerRevision);

    private async Task<SweepSpec?> SpecAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await store.GetAsync(ArtifactKeys.SweepSpec(sweep), cancellationToken) is { } text
                ? SweepYaml.Read(Encoding.UTF8.GetString(text.Data), ArtifactKeys.SweepSpec(sweep))
                : null;
        }
        catch (SpecException)
        {
            return null;
        }
    }

    private async Task<RunSpec?> RunSpecAsync(RunId run, CancellationToken cancellationToken)
    {
        try
        {
            return await store.FindAsync(ArtifactKeys.RunSpec(run), cancellationToken);
        }
        catch (DamagedException)
        {
            return null;
        }
    }

    private async Task<Plan?> PlanAsync(SweepSpec spec, RunSpec run, CancellationToken cancellationToken)
    {
        try
        {
            SweepSpec stored = spec with
            {
                Cohort = Identified(spec.Cohort, run.CohortDigest),
                EvaluationCohort = run.EvaluationCohortDigest is { } digest && spec.EvaluationCohort is { } source
                    ? Identified(source, digest)
                    : null,
            };
            return stored.Id() != sweep ? null : Planner.Plan(stored, new PlanInputs
            {
                Cohort = await ManifestAsync(run.CohortDigest, cancellationToken),
                EvaluationCohort = run.EvaluationCohortDigest is { } evaluation ? await ManifestAsync(evaluation, cancellationToken) : null,
                Numerics = run.Numerics,
                Trainer = run.Trainer,
                TrainerRevision = run.TrainerRevision,
            });
        }
        catch (SpecException)
        {
            // The run is another sweep's, and this one cannot be planned on its cohort.
            return null;
        }
    }

    private Task<CohortManifest> ManifestAsync(string digest, CancellationToken cancellationToken) =>
        store.RequireAsync(ArtifactKeys.CohortManifest(digest), "is missing.", cancellationToken);

    /// <summary>The source as the sweep's id has it: a folder became a stored cohort before.</summary>
    private static CohortSource Identified(CohortSource source, string digest) => source is FolderCohort ? new StoredCohort(digest) : source;

    private sealed record Inputs(string Cohort, string? Evaluation, Numerics Numerics, string Trainer, int Revision);
}
