using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Plans;

/// <summary>Whether a spec and the cohorts it is planned with fit each other.</summary>
public static class CohortRules
{
    /// <summary>
    /// To be called before an evaluation phantom is rendered: it has the paper's channels and classes, and the cohort may have others.
    /// </summary>
    /// <exception cref="SpecException">The evaluation cohort is a phantom, and the cohort has others; the message has the remedy.</exception>
    public static void CheckPhantom(SweepSpec spec, CohortLayout cohort)
    {
        if (spec.EvaluationCohort is PhantomCohort)
        {
            LayoutRules.RequireFitting(
                cohort, CohortLayout.Paper, "The cohort", "the evaluation cohort, a phantom,",
                "set 'evaluationCohort: none', or name a cohort of the same channels and classes, in the same order.");
        }
    }

    internal static void Check(SweepSpec spec, PlanInputs inputs)
    {
        RefuseAnotherCohort("cohort", spec.Cohort, inputs.Cohort);
        if (spec.EvaluationCohort is null != inputs.EvaluationCohort is null)
        {
            throw new SpecException(
                spec.EvaluationCohort is null
                    ? "The plan was given an evaluation cohort, but the spec names none; name it in 'evaluationCohort' or leave it away."
                    : "The spec names an evaluation cohort, but the plan was given none; give its manifest.");
        }

        CheckManifest(spec, inputs.Cohort, "cohort");
        CheckShares(spec, inputs.Cohort);
        CheckEndpoint(spec, inputs.Cohort.Layout);
        if (inputs.EvaluationCohort is { } evaluation)
        {
            RefuseAnotherCohort("evaluationCohort", spec.EvaluationCohort!, evaluation);
            CheckManifest(spec, evaluation, "evaluation cohort");
            CheckPhantom(spec, inputs.Cohort.Layout);
            LayoutRules.RequireFitting(
                inputs.Cohort.Layout, evaluation.Layout, "The cohort", "the evaluation cohort",
                "networks of the one cannot be scored on the other: import both with the same channels and classes, in the same order.");
            RefuseSharedPatients(inputs.Cohort, evaluation);
            CheckEndpoint(spec, evaluation);
        }
    }

    private static void CheckEndpoint(SweepSpec spec, CohortManifest evaluation)
    {
        if (evaluation.Patients.All(p => p.Positive)
            && Metric.All.FirstOrDefault(m => m.NeedsNone && m.Key == spec.Endpoint?.Metric) is { } metric)
        {
            throw new SpecException(
                $"The endpoint's metric {metric.Key} is of lesion-free patients, and the evaluation cohort has none; name another metric, or give "
                    + "an evaluationCohort that has some.");
        }
    }

    private static void RefuseAnotherCohort(string key, CohortSource source, CohortManifest manifest)
    {
        if (source is StoredCohort stored && stored.CohortDigest != manifest.ComputeDigest())
        {
            throw new SpecException(
                $"{key} names {stored.CohortDigest}, but the manifest given is {manifest.ComputeDigest()}; give the one that is named.");
        }
    }

    private static void CheckManifest(SweepSpec spec, CohortManifest manifest, string what)
    {
        if (manifest.Patients.GroupBy(p => p.Id, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw new SpecException($"Patient '{twice.Key}' is in the {what} {twice.Count()} times; ids are unique.");
        }

        if (spec.Variants.FirstOrDefault(v => v.Protocol.CropSize > manifest.Size) is { } variant)
        {
            throw new SpecException(
                $"Variant '{variant.Name}' crops {variant.Protocol.CropSize} pixels, but the {what}'s slices have {manifest.Size}; use a smaller "
                    + "cropSize or a larger cohort size.");
        }
    }

    private static void CheckEndpoint(SweepSpec spec, CohortLayout layout)
    {
        if (spec.Endpoint?.Metric == Metric.GlandSpecificity.Key && layout.Classes.Count == (int)LabelClass.Tumour + 1)
        {
            throw new SpecException(
                $"endpoint.metric is '{spec.Endpoint.Metric}', which has no value where the classes are {string.Join(" and ", layout.Classes)} "
                    + $"alone; use another of {string.Join(", ", EndpointSpec.Metrics)}, or a cohort with zones.");
        }
    }

    private static void CheckShares(SweepSpec spec, CohortManifest cohort)
    {
        if (cohort.Patients.All(p => p.Positive) && spec.Variants.FirstOrDefault(v => v.Protocol.PositiveShare < 1) is { } variant)
        {
            throw new SpecException(
                $"Variant '{variant.Name}' draws {1 - variant.Protocol.PositiveShare:P0} of its samples from lesion-free patients, but the cohort "
                    + "has none; set positiveShare to 1.");
        }
    }

    /// <summary>A patient that trains and is scored again under another name would be a leak; equal bytes give it away.</summary>
    private static void RefuseSharedPatients(CohortManifest cohort, CohortManifest evaluation)
    {
        Dictionary<string, string> known = cohort.Patients.DistinctBy(p => p.Sha256).ToDictionary(p => p.Sha256, p => p.Id, StringComparer.Ordinal);
        if (evaluation.Patients.FirstOrDefault(p => known.ContainsKey(p.Sha256)) is { } shared)
        {
            throw new SpecException(
                $"Patient '{shared.Id}' of the evaluation cohort is patient '{known[shared.Sha256]}' of the cohort, byte for byte; "
                + "scores on patients that were trained on mean nothing. Use other patients (for a phantom, another seed).");
        }
    }
}
