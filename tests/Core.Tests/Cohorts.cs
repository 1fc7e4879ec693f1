using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Tests;

/// <summary>Manifests as tests need them: content digests are made from ids, so equal arguments give equal cohorts.</summary>
internal static class Cohorts
{
    /// <summary>Positive patients P000.. with 1 to 9 tumour slices drawn from the seed, lesion-free N000...</summary>
    public static CohortManifest Make(int positives, int negatives, ulong seed = 0, int size = 64, string tag = "cohort")
    {
        PhiloxSequence draws = Philox.At(seed, DrawPurpose.Phantom);
        List<int> tumours = [];
        for (int i = 0; i < positives; i++)
        {
            tumours.Add(1 + draws.NextInt32(9));
        }

        return WithTumours(tumours, negatives, size, tag);
    }

    public static CohortManifest WithTumours(IEnumerable<int> tumourSlices, int negatives, int size = 64, string tag = "cohort") => NamedCohort.Of(
        [
            .. Enumerable.Range(0, negatives).Select(i => NamedCohort.Patient($"N{i:D3}", 0, tag)),
            .. tumourSlices.Select((t, i) => NamedCohort.Patient($"P{i:D3}", t, tag)),
        ],
        tag,
        size);

    public static PlanInputs Inputs(CohortManifest cohort, CohortManifest? evaluation = null) => new()
    {
        Cohort = cohort,
        EvaluationCohort = evaluation,
        Numerics = Numerics.DefaultCpu,
        Trainer = "test",
        TrainerRevision = 1,
    };
}
