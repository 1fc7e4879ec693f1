using AdvSeg.Core.Errors;
using AdvSeg.Core.Rules;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Yaml;

/// <summary>A merged tree to a <see cref="SweepSpec"/>.</summary>
internal sealed class SweepReader(SpecFields root, SpecErrors errors)
{
    public SweepSpec Read()
    {
        IReadOnlyList<VariantSpec> variants = new VariantReader(root, errors).Read();
        return new SweepSpec
        {
            Name = root.Text("name"),
            Owner = root.Text("owner"),
            Priority = root.Whole("priority"),
            Cohort = ReadCohort("cohort"),
            EvaluationCohort = root["evaluationCohort"] is SpecScalar ? null : ReadCohort("evaluationCohort"),
            Folds = root.Whole("folds"),
            SplitSeed = root.Seed("splitSeed"),
            Seeds = ReadSeeds(),
            Variants = variants,
            Baseline = root.Text("baseline"),
            Ablation = root["ablation"] is SpecScalar ? null : ReadAblation(root.Section("ablation")),

            // Said or not, the default is the same sweep.
            TuningSeeds = root.Whole("tuningSeeds") is var seeds && seeds != 1 ? seeds : null,
            ReportTuningSeeds = root.Flag("reportTuningSeeds") ? true : null,
            FailureBelow = root.Number("failureBelow") is var below && below != SweepSpec.UsualFailureBelow ? below : null,
            Endpoint = root["endpoint"] is SpecScalar ? null : ReadEndpoint(root.Section("endpoint")),
            Numerics = root["numerics"] is SpecScalar numerics ? ReadNumerics(numerics) : null,
        };
    }

    private Numerics? ReadNumerics(SpecScalar text)
    {
        try
        {
            return Numerics.Parse(text.Value);
        }
        catch (SpecException e)
        {
            errors.Add(text.Place, e.Message.TrimEnd('.'));
            return null;
        }
    }

    private CohortSource ReadCohort(string key)
    {
        SpecFields cohort = root.Section(key);
        if (cohort["stored"] is not null)
        {
            return new StoredCohort(cohort.Text("stored"));
        }

        if (cohort["folder"] is not null)
        {
            return new FolderCohort(cohort.Text("folder"));
        }

        SpecFields phantom = cohort.Section("phantom");
        return new PhantomCohort(phantom.Whole("aggressive"), phantom.Whole("lesionFree"), phantom.Whole("size"), phantom.Seed("seed"));
    }

    /// <summary>A count N stands for the seeds 0 to N - 1.</summary>
    private IReadOnlyList<ulong> ReadSeeds()
    {
        if (root["seeds"] is not SpecScalar scalar)
        {
            return root.Seeds("seeds");
        }

        int count = root.Whole("seeds");
        if (!SpecLimits.Seeds.Holds(count))
        {
            errors.Add(scalar.Place, $"seeds is {count}; give a count from {SpecLimits.Seeds.Low} to {SpecLimits.Seeds.High}, or a list of seeds");
            return [];
        }

        return [.. Enumerable.Range(0, count).Select(i => (ulong)i)];
    }

    private EndpointSpec ReadEndpoint(SpecFields endpoint) => new()
    {
        Metric = endpoint["metric"] is null ? EndpointSpec.Metrics[0] : endpoint.Text("metric"),
        Cohort = endpoint["cohort"] is not null ? endpoint.Word<EndpointCohort>("cohort")
            : root["evaluationCohort"] is SpecScalar ? EndpointCohort.HeldOut
            : EndpointCohort.Evaluation,
        Margin = endpoint["margin"] is null ? null : endpoint.Number("margin"),
        Alpha = endpoint["alpha"] is null ? EndpointSpec.UsualAlpha : endpoint.Number("alpha"),
    };

    private static AblationSpec ReadAblation(SpecFields ablation) => new()
    {
        Levels = ablation.Numbers("levels"),
        Folds = ablation.Word<AblationFolds>("folds"),
        Variants = ablation.Texts("variants"),
    };
}
