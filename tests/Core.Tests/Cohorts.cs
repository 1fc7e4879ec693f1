using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Identity;
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

    public static CohortManifest WithTumours(IEnumerable<int> tumourSlices, int negatives, int size = 64, string tag = "cohort") => new()
    {
        Description = tag,
        Channels = ["T2w", "ADC", "b1500"],
        Size = size,
        PixelMillimetres = 1.5,
        Patients =
        [
            .. Enumerable.Range(0, negatives).Select(i => Patient($"N{i:D3}", 0, tag)),
            .. tumourSlices.Select((t, i) => Patient($"P{i:D3}", t, tag)),
        ],
    };

    public static PlanInputs Inputs(CohortManifest cohort, CohortManifest? evaluation = null) => new()
    {
        Cohort = cohort,
        EvaluationCohort = evaluation,
        Numerics = Numerics.DefaultCpu,
        Trainer = "test",
        TrainerRevision = 1,
    };

    private static CohortPatient Patient(string id, int tumourSlices, string tag) =>
        new(id, tumourSlices > 0, tumourSlices + 2, tumourSlices, $"patients/{id}", Digest.Of(System.Text.Encoding.UTF8.GetBytes($"{tag}/{id}")));
}
