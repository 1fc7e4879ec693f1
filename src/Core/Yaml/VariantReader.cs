using System.Globalization;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Yaml;

/// <summary>
/// The variants. Each one's settings go over those of its scheme, the protocol and the networks, so a variant's lines in a file say only what is
/// different about it.
/// </summary>
internal sealed class VariantReader(SpecFields root, SpecErrors errors)
{
    public IReadOnlyList<VariantSpec> Read()
    {
        List<VariantSpec> variants = [];
        foreach ((int i, SpecNode node) in root.List("variants").Items.Index())
        {
            var own = (SpecMap)node;
            root.Remember($"variants[{i}]", own.Place);
            if (own["scheme"] is not SpecScalar scheme)
            {
                errors.Add(own.Place, $"this variant has no scheme; give one of {string.Join(", ", Scheme.All.Select(d => d.Kind))}");
                continue;
            }

            RefuseUnused(own, scheme.Value);
            variants.Add(ReadVariant(own, scheme.Value, $"variants[{i}]"));
        }

        return variants;
    }

    /// <summary>The variant and its candidates, each read as if it were a variant of its own.</summary>
    private VariantSpec ReadVariant(SpecMap own, string scheme, string path)
    {
        SpecMap merged = Merge(own, scheme);
        IReadOnlyList<SpecMap> grid = new TuneReader(errors).Expand(merged, own, scheme);
        VariantSpec variant = ReadSettings(root.Of(grid.Count > 0 ? grid[0] : merged, path), scheme);
        if (grid.Count == 0 || errors.Any)
        {
            return variant;
        }

        root.Remember($"{path}.tune", merged["tune"]!.Place);
        IEnumerable<VariantSpec> others =
            grid.Skip(1).Select((settings, i) => ReadSettings(root.Of(settings, $"{path}.candidates[{i + 1}]"), scheme));
        return variant with
        {
            Tune = new TuneSpec
            {
                Keys = TuneReader.KeysOf(merged),
                Candidates = [.. others.Prepend(variant).Select(v => new CandidateSpec { Scheme = v.Scheme, Protocol = v.Protocol })],
            },
        };
    }

    private SpecMap Merge(SpecMap own, string scheme)
    {
        SpecMap shared = Section("protocol");
        SpecMap networks = new(own.Place, [.. new[] { "network", "discriminator" }.Select(key => new SpecEntry(key, own.Place, Section(key)))]);
        SpecMap schemes = Section("schemes")[scheme] as SpecMap ?? new SpecMap(own.Place, []);
        return own.Over(schemes).Over(networks).Over(shared);

        SpecMap Section(string key) => root[key] as SpecMap ?? new SpecMap(own.Place, []);
    }

    /// <summary>A setting that changes nothing would let two equal trainings look different.</summary>
    private void RefuseUnused(SpecMap own, string scheme)
    {
        foreach (SpecEntry entry in own.Entries)
        {
            bool unused = SpecGrammar.IsSchemeKey(entry.Key)
                ? !SpecGrammar.Uses(scheme, entry.Key)
                : entry.Key == "discriminator" && !Scheme.Of(scheme).HasAdversary;
            if (unused)
            {
                string users = string.Join(", ", Scheme.All.Select(d => d.Kind).Where(kind => SpecGrammar.Uses(kind, entry.Key)));
                errors.Add(
                    entry.Place,
                    $"scheme {scheme} does not use '{entry.Key}'; remove it or use another scheme "
                        + $"({(users.Length > 0 ? users : "any with an adversary")})");
            }
        }
    }

    private static VariantSpec ReadSettings(SpecFields variant, string scheme)
    {
        TrainingProtocol protocol = ReadProtocol(variant);
        return new VariantSpec
        {
            Name = variant.Text("name"),
            Scheme = ReadScheme(variant, scheme, protocol.Steps),
            Protocol = protocol,
            Segmentor = ReadSegmentor(variant.Section("network")),
        };
    }

    private static TrainingProtocol ReadProtocol(SpecFields fields)
    {
        SpecFields augmentation = fields.Section("augmentation");
        return new TrainingProtocol
        {
            CropSize = fields.Whole("cropSize"),
            Steps = fields.Whole("steps"),
            EvaluateEvery = fields.Whole("evaluateEvery"),
            BatchSize = fields.Whole("batchSize"),
            PositiveShare = fields.Number("positiveShare"),
            Augmentation = new AugmentationSpec
            {
                // Division first: 22.5 / 180 is exact, so 22.5 degrees are the double nearest to pi / 8.
                RotationRadians = augmentation.Number("rotationDegrees") / 180 * Math.PI,
                ShiftPixels = augmentation.Number("shiftPixels"),
                Mirror = augmentation.Flag("mirror"),
            },
        };
    }

    private static SegmentorSpec ReadSegmentor(SpecFields network) => new()
    {
        Width = network.Whole("width"),
        Levels = network.Whole("levels"),
        ConvolutionsPerLevel = network.Whole("convolutionsPerLevel"),
        Downsampling = network.Word<Downsampling>("downsampling"),
        Upsampling = network.Word<Upsampling>("upsampling"),
        DecoderActivation = network.Word<Activation>("decoderActivation"),
        NormalizeFirst = network.Flag("normalizeFirst"),
        LeakySlope = network.Number("leakySlope"),
    };

    private static SchemeSpec ReadScheme(SpecFields variant, string scheme, int steps)
    {
        SchemeDefinition definition = Scheme.Of(scheme);
        AdamSpec optimizer = ReadOptimizer(variant, "learningRate", "beta1", "beta2", "halveEvery", steps);
        return definition.Make(new(optimizer, definition.HasAdversary ? ReadAdversary(variant, steps) : null, variant.Number));
    }

    private static AdversarySpec ReadAdversary(SpecFields variant, int steps)
    {
        SpecFields network = variant.Section("discriminator");
        return new AdversarySpec
        {
            Network = new DiscriminatorSpec
            {
                Channels = network.Wholes("channels"),
                Norm = network.Word<DiscriminatorNorm>("norm"),
                FirstStride = network.Whole("firstStride"),
                LeakySlope = network.Number("leakySlope"),
            },
            Optimizer = ReadOptimizer(
                variant, "discriminatorLearningRate", "discriminatorBeta1", "discriminatorBeta2", "discriminatorHalveEvery", steps),
            StepsPerSegmentorStep = variant.Whole("discriminatorSteps"),
        };
    }

    private static AdamSpec ReadOptimizer(SpecFields variant, string rate, string beta1, string beta2, string halving, int steps) => new()
    {
        LearningRate = variant.Number(rate),
        Beta1 = variant.Number(beta1),
        Beta2 = variant.Number(beta2),
        HalveEvery = ReadHalving(variant.Text(halving), steps),
    };

    /// <summary>Steps between halvings; "thirds" halves after each third of the variant's own steps, rounded up.</summary>
    private static int ReadHalving(string text, int steps) => text switch
    {
        "never" or "" => 0,
        "thirds" => (int)(((long)steps + 2) / 3),
        _ => int.Parse(text, CultureInfo.InvariantCulture),
    };
}
