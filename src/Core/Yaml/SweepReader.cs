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
        IReadOnlyList<IReadOnlyList<string>>? splits = root["splits"] is SpecScalar ? null : ReadSplits(root.Section("splits"));
        return new SweepSpec
        {
            Name = root.Text("name"),
            Owner = root.Text("owner"),
            Priority = root.Whole("priority"),
            Cohort = ReadCohort("cohort"),
            EvaluationCohort = root["evaluationCohort"] is SpecScalar ? null : ReadCohort("evaluationCohort"),
            Folds = splits is null || Says("folds") ? root.Whole("folds") : splits.Count,
            SplitSeed = root.Seed("splitSeed"),
            Splits = splits,
            Seeds = ReadSeeds(),
            Variants = variants,
            Baseline = root.Text("baseline"),
            Ablation = root["ablation"] is SpecScalar ? null : ReadAblation(root.Section("ablation")),

            // A default that is written out becomes null, so that it gives the same sweep as one that is left out.
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
        return new PhantomCohort(phantom.Whole("aggressive"), phantom.Whole("lesionFree"), phantom.Whole("size"), phantom.Seed("seed"))
        {
            Contrast = Dial("contrast"),
            Variation = Dial("variation"),
            LabelNoise = Dial("labelNoise"),
        };

        // The usual setting becomes null, whether it is written or not: phantoms from before these keys keep their identities.
        double? Dial(string name) => phantom[name] is null || phantom.Number(name) is 1 ? null : phantom.Number(name);
    }

    /// <summary>The file itself gives the key, not its preset.</summary>
    private bool Says(string key) => root[key] is { } given && given.Place.Source == root.Place.Source;

    private IReadOnlyList<IReadOnlyList<string>> ReadSplits(SpecFields splits)
    {
        foreach (string file in new[] { SplitText.NnUnet, SplitText.Csv })
        {
            if (splits[file] is SpecScalar path)
            {
                errors.Add(path.Place, $"splits.{file} is '{path.Value}' on the submitter's machine; 'advseg submit' reads it there and sends what "
                    + $"it says, or list whom each fold tests in 'splits.{SplitText.Folds}'");
                return [];
            }
        }

        return
        [
            .. splits.List(SplitText.Folds).Items.Select((fold, index) =>
            {
                splits.Remember($"{SplitText.Folds}[{index}]", fold.Place);
                return (IReadOnlyList<string>)
                    [.. ((fold as SpecList)?.Items ?? []).OfType<SpecScalar>().Select(name => name.Value).Order(StringComparer.Ordinal)];
            }),
        ];
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
