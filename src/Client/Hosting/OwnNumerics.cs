using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Training;

namespace AdvSeg.Client.Hosting;

/// <summary>What this program's own workers compute with.</summary>
internal static class OwnNumerics
{
    /// <summary>Refuses a sweep that asks for other numerics: it would wait for a worker that never comes.</summary>
    /// <exception cref="SpecException">The spec asks for others.</exception>
    public static void Require(SweepSpec spec)
    {
        if (spec.Numerics is { } asked && asked != Numerics.DefaultCpu)
        {
            throw new SpecException(
                $"The sweep asks for the numerics {asked}; this command trains with {Numerics.DefaultCpu}. Remove 'numerics', or submit the sweep "
                    + "to a cluster that has such workers.");
        }
    }

    /// <summary>What this program's own trainer plans with.</summary>
    public static PlanInputs Inputs(CohortManifest cohort, CohortManifest? evaluation)
    {
        var trainer = new Trainer(Numerics.DefaultCpu);
        return new PlanInputs
        {
            Cohort = cohort,
            EvaluationCohort = evaluation,
            Numerics = Numerics.DefaultCpu,
            Trainer = trainer.Name,
            TrainerRevision = trainer.Revision,
        };
    }
}
