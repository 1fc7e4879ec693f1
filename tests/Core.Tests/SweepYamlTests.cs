using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;
using CsCheck;

namespace AdvSeg.Core.Tests;

public sealed class SweepYamlTests
{
    private const string Head = "apiVersion: advseg/v1\npreset: demo\n";

    /// <summary>Line 3 is the first after the two of the head.</summary>
    [Theory]
    [InlineData("foldz: 5", "3:1", "'foldz' is not a key of the spec; did you mean 'folds'?")]
    [InlineData("colour: red", "3:1", "the keys here are apiVersion, preset,")]
    [InlineData("protocol: {step: 7}", "3:12", "'step' is not a key of protocol; did you mean 'steps'?")]
    [InlineData("folds: four", "3:8", "folds must be a whole number, not 'four'")]
    [InlineData("folds: 4.0", "3:8", "folds must be a whole number, not '4.0'")]
    [InlineData("folds: \"4\"", "3:8", "folds must be a whole number, not the text \"4\"")]
    [InlineData("folds: 010", "3:8", "folds must be a whole number, not '010'")]
    [InlineData("folds: 99999999999", "3:8", "folds must be a whole number")]
    [InlineData("folds:", "3:7", "empty; give a value or remove the key")]
    [InlineData("folds: [4]", "3:8", "folds must be a whole number, not a list")]
    [InlineData("name: 123", "3:7", "name must be text (in quotes when it looks like a number), not '123'")]
    [InlineData("name: {a: b}", "3:7", "not a map")]
    [InlineData("name: Upper", "3:7", "name 'Upper' cannot be used; use 1 to 40 of a-z")]
    [InlineData("owner: a/b", "3:8", "owner 'a/b'")]
    [InlineData("priority: 101", "3:11", "priority is 101; use -100 to 100")]
    [InlineData("numerics: cpu/avx2", "3:11", "'cpu/avx2' are not numerics; write them as 'advseg workers' shows them, such as "
        + "cpu/avx2/fp32/1t/libtorch-")]
    [InlineData("numerics: cpu/avx2/tf32/1t/libtorch-2.10.0", "3:11", "'cpu/avx2/tf32/1t/libtorch-2.10.0' are not numerics")]
    [InlineData("numerics: cpu/avx2/fp32/1t/libtorch-", "3:11", "'cpu/avx2/fp32/1t/libtorch-' are not numerics")]
    [InlineData("numerics: gpu/H100/fp32/1t/libtorch-2.10.0", "3:11", "'gpu/H100/fp32/1t/libtorch-2.10.0' are not numerics")]
    [InlineData("preset: demo", "3:1", "'preset' was given in line 2 already")]
    [InlineData("network: {normalizeFirst: yes}", "3:27", "true or false, not 'yes'")]
    [InlineData("network: {downsampling: maxpool}", "3:25", "did you mean 'max-pool'?")]
    [InlineData("folds: 2", "3:8", "folds is 2; use 3 to 100")]
    [InlineData("folds: 56", "3:8", "56 folds need as many patients with tumour, the phantom has 55")]
    [InlineData("cohort: {phantom: {aggressive: 3}}", "3:32", "4 folds need as many patients with tumour, the phantom has 3")]
    [InlineData("cohort: {phantom: {aggressive: -1}}", "3:32", "aggressive is -1; use 0 to 100000")]
    [InlineData("cohort: {phantom: {size: 16}}", "3:26", "size is 16; use 32 to 1024")]
    [InlineData("cohort: {phantom: {size: 40}}", "3:26", "cropSize 48 is larger than the slices of cohort, 40 pixels")]
    [InlineData("cohort: {phantom: {lesionFree: 0}}", "3:32", "positiveShare is 0.7, but the phantom has no lesion-free patients")]
    [InlineData("cohort: {phantom: {seed: -1}}", "3:26", "seed must be a seed, a whole number from 0 to 2^64 - 1")]
    [InlineData("cohort: {phantom: {seed: 1}}", "3:26", "the evaluation phantom has the cohort's seed 1")]
    [InlineData("cohort: {stored: abc}", "3:18", "stored 'abc' is not a cohort digest")]
    [InlineData("cohort: {folder: a, stored: b}", "3:9", "cohort must be a map with one of phantom, stored, folder, not 2 keys")]
    [InlineData("cohort: {}", "3:9", "not 0 keys")]
    [InlineData("cohort: none", "3:9", "cohort must be a map with one of phantom, stored, folder, not 'none'")]
    [InlineData("cohort: {folder: data}\nevaluationCohort: {folder: data}", "4:19", "the evaluation cohort is the cohort itself")]
    [InlineData("evaluationCohort: nothing", "3:19", "evaluationCohort must be 'none' or a map with one of")]
    [InlineData("seeds: 0", "3:8", "seeds is 0; give a count from 1 to 1000")]
    [InlineData("seeds: 2000000000", "3:8", "seeds is 2000000000; give a count")]
    [InlineData("seeds: [3, 5, 3]", "3:15", "seed 3 is listed 2 times")]
    [InlineData("seeds: []", "3:8", "seeds is 0; use 1 to 1000")]
    [InlineData("seeds: [18446744073709551616]", "3:9", "each of seeds must be a seed")]
    [InlineData("protocol: {steps: 0}", "3:19", "steps is 0; use 1 to 10000000")]
    [InlineData("protocol: {steps: 20}", "3:19", "evaluateEvery 50 is more than the 20 steps")]
    [InlineData("protocol: {evaluateEvery: 701}", "3:27", "evaluateEvery 701 is more than the 700 steps")]
    [InlineData("protocol: {cropSize: 44}", "3:22", "cropSize 44 cannot be halved 3 times for 4 levels; use a multiple of 8")]
    [InlineData("network: {levels: 6}", "3:19", "cropSize 48 cannot be halved 5 times for 6 levels")]
    [InlineData("protocol: {cropSize: 32}\nnetwork: {levels: 6}", "4:19", "the lowest of 6 levels sees a 1 x 1 map at cropSize 32")]
    [InlineData("protocol: {cropSize: 72}", "3:22", "cropSize 72 is larger than the slices of cohort, 64 pixels")]
    [InlineData("protocol: {cropSize: 16}", "3:22", "layer 4 of 6 of the discriminator sees a 1 x 1 map at cropSize 16")]
    [InlineData("discriminator: {channels: [4, 4, 4, 4, 4, 4, 4, 4]}", "3:27", "layer 6 of 8 of the discriminator sees a 1 x 1 map at cropSize 48")]
    [InlineData("discriminator: {channels: [4, 0]}", "3:27", "channels [4, 0] cannot be used")]
    [InlineData("discriminator: {channels: []}", "3:27", "channels is 0; use 1 to 16 layers")]
    [InlineData("discriminator: {firstStride: 3}", "3:30", "firstStride is 3; use 1 to 2")]
    [InlineData("protocol: {batchSize: -5}", "3:23", "batchSize is -5; use 1 to 1024")]
    [InlineData("protocol: {positiveShare: 0}", "3:27", "positiveShare is 0; use a number above 0, at most 1")]
    [InlineData("protocol: {positiveShare: .nan}", "3:27", "positiveShare must be a finite number, not '.nan'")]
    [InlineData("protocol: {positiveShare: 1e999}", "3:27", "positiveShare must be a finite number")]
    [InlineData("protocol: {augmentation: {rotationDegrees: -1}}", "3:44", "rotationDegrees is -1; use 0 to 180")]
    [InlineData("protocol: {augmentation: {shiftPixels: 49}}", "3:40", "shiftPixels is 49; use 0 to 48")]
    [InlineData("network: {width: 0}", "3:18", "width is 0; use 1 to 1024")]
    [InlineData("network: {leakySlope: 1}", "3:23", "leakySlope is 1; use 0 or more, less than 1")]
    [InlineData("schemes: {adversarial: {learningRate: -1e-3}}", "3:39", "learningRate is -0.001; use a number above 0")]
    [InlineData("schemes: {adversarial: {discriminatorSteps: 0}}", "3:45", "discriminatorSteps is 0; use 1 to 100")]
    [InlineData("schemes: {cross-entropy: {lambda: 1}}", "3:27", "'lambda' is not a key of cross-entropy")]
    [InlineData("schemes: {hybrid: {beta1: 1}}", "3:27", "beta1 is 1; use 0 or more, less than 1")]
    [InlineData("schemes: {hybrid: {lambda: 0}}", "3:28", "lambda is 0; use a number above 0")]
    [InlineData("schemes: {hybrid: {halveEvery: often}}", "3:32", "halveEvery must be one of thirds, never or a whole number, not 'often'")]
    [InlineData("variants: []", "3:11", "variants is 0; use 1 to 50")]
    [InlineData("variants: [{name: cross-entropy}]", "3:12", "this variant has no scheme; give one of cross-entropy,")]
    [InlineData("variants: [{name: a, scheme: hybird}]", "3:30", "did you mean 'hybrid'?")]
    [InlineData("variants: [{name: a, scheme: wasserstein}]", "3:30", "scheme must be one of cross-entropy, adversarial, hybrid, minimax, "
        + "dice-ce, not 'wasserstein'")]
    [InlineData("variants: [{name: a, scheme: adversarial, lambda: 1}]", "3:43", "scheme adversarial does not use 'lambda'; remove it or use "
        + "another scheme (hybrid)")]
    [InlineData("variants: [{name: a, scheme: cross-entropy, discriminator: {norm: "
        + "none}}]", "3:45", "scheme cross-entropy does not use 'discriminator'")]
    [InlineData("variants: [{name: a, scheme: cross-entropy, cropSize: 32}]", "3:45", "'cropSize' is not a key of each of variants")]
    [InlineData("variants: [{scheme: cross-entropy}]", "3:12", "'variants[0].name' is missing")]
    [InlineData("variants: [{name: a b, scheme: cross-entropy}]", "3:19", "variant name 'a b' cannot be used")]
    [InlineData("variants: [{name: a, scheme: cross-entropy}, {name: A, scheme: minimax}]", "3:53", "variant name 'A' is used twice")]
    [InlineData("variants: [{name: a, scheme: hybrid}, {name: b, scheme: hybrid}]", "3:39", "variant 'b' is the same training as 'a'")]
    [InlineData("variants: [{name: a, scheme: hybrid}]", "3:11", "baseline 'cross-entropy' is not a variant; set baseline to one of a")]
    [InlineData("variants: [{name: cross-entropy, scheme: cross-entropy}]", "3:11", "ablation variant 'adversarial' is not a variant")]
    [InlineData("baseline: gan", "3:11", "baseline 'gan' is not a variant")]
    [InlineData("baseline: hybrid", "3:11", "the ablation leaves out the baseline 'hybrid'")]
    [InlineData("ablation: {levels: [0]}", "3:21", "level 0 is not a share")]
    [InlineData("ablation: {levels: [1.5]}", "3:21", "level 1.5 is not a share")]
    [InlineData("ablation: {levels: [1]}", "3:21", "1 is the fold's own run")]
    [InlineData("ablation: {levels: [0.1, 0.5]}", "3:26", "level 0.5 follows 0.1; list levels from large to small")]
    [InlineData("ablation: {levels: [0.5, 0.5]}", "3:26", "level 0.5 follows 0.5")]
    [InlineData("ablation: {levels: []}", "3:20", "'ablation: none'")]
    [InlineData("ablation: {folds: first}", "3:19", "folds must be one of best, all")]
    [InlineData("ablation: {variants: [cross-entropy, cross-entropy]}", "3:22", "an ablation variant is listed twice")]
    [InlineData("folds: 50\nseeds: 1000", "4:8", "the sweep would plan 350000 runs, at most 100000 are allowed")]
    [InlineData("\tfolds: 4", "3:1", "a tab indents this line; indent with spaces")]
    [InlineData("protocol:\n\u00a0 \u00a0 steps: 30", "4:1", "here is a no-break space (U+00A0) instead of a plain space")]
    [InlineData("protocol:\n  \u3000steps: 30", "4:3", "here is a wide space (U+3000)")]
    [InlineData("folds:\u00a04", "3:7", "here is a no-break space (U+00A0)")]
    [InlineData("folds: \u200b4", "3:8", "here is a character without width (U+200B)")]
    [InlineData("baseline: &b cross-entropy", "3:11", "anchors (&b) are not read")]
    [InlineData("baseline: *b", "3:11", "aliases (*name) are not read")]
    [InlineData("folds: !!int 4", "3:8", "tags")]
    [InlineData("---\nfolds: 4", "3:1", "a second document begins here")]
    [InlineData("? [a]\n: 4", "1:1", "keys are words")]
    [InlineData("folds: {a", "", "this is not YAML")]
    [InlineData("folds: [[[[[[[[[[[[[[[[[[4]]]]]]]]]]]]]]]]]]", "3:", "nested more than 16 deep")]
    public void Read_ImpossibleSetting_IsRefusedWhereItIsWritten(string yaml, string place, string message)
    {
        string[] lines = Errors(Head + yaml + "\n").Split('\n');
        Assert.Contains(
            lines, line => line.StartsWith($"sweep.yaml:{place}", StringComparison.Ordinal) && line.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("# only a comment\n")]
    [InlineData("---\n")]
    public void Read_EmptyFile_SaysHowToBegin(string text) =>
        Assert.Contains("the file is empty; begin with 'apiVersion: advseg/v1'", Errors(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("- a\n", "sweep.yaml:1:1: a spec is a map of settings")]
    [InlineData("preset: demo\n", "sweep.yaml:1:1: 'apiVersion' is missing")]
    [InlineData("apiVersion: advseg/v2\npreset: demo\n", "sweep.yaml:1:13: apiVersion must be 'advseg/v1'")]
    [InlineData("apiVersion: advseg/v1\npreset: huge\n", "sweep.yaml:2:9: preset must be one of smoke, demo, paper, not 'huge'")]
    public void Read_WrongBeginning_IsRefused(string text, string message) => Assert.StartsWith(message, Errors(text), StringComparison.Ordinal);

    [Fact]
    public void Read_FileAboveOneMebibyte_IsRefused() =>
        Assert.Contains("a spec has at most 1048576", Errors(Head + "# " + new string('x', 1 << 20)), StringComparison.Ordinal);

    [Fact]
    public void Read_SeveralErrors_AreReportedTogetherInOrder() =>
        Assert.Equal(["3:8", "4:11", "5:19"], Errors(Head + "folds: x\npriority: y\nprotocol: {steps: z}\n").Split('\n').Select(PlaceOf));

    /// <summary>Twice as many errors cost about twice the work, measured in memory that is asked for: machines differ, this does not.</summary>
    [Theory]
    [InlineData("wrong{0}: 1\n", "")]
    [InlineData("", "protocol: {{ {0} }}\n")]
    [InlineData("# comment {0}\n", "folds: {{a\n")]
    public void Read_TwiceAsManyErrors_CostsAboutTwiceAsMuch(string line, string rest)
    {
        // The least of three: the reader's pools are the process's, and a buffer that another test holds is made anew.
        long[] bytes = [long.MaxValue, long.MaxValue];
        foreach (int round in new[] { 0, 0, 0, 1, 1, 1 })
        {
            int count = 2000 << round;
            string many = string.Join(", ", Enumerable.Range(0, count).Select(i => $"wrong{i}: 1"));
            string lines = string.Concat(Enumerable.Range(0, count).Select(i => line.Replace("{0}", $"{i}", StringComparison.Ordinal)));
            string text = Head + lines + rest.Replace("{0}", many, StringComparison.Ordinal).Replace("{{", "{").Replace("}}", "}");
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.NotEmpty(Errors(text));
            bytes[round] = Math.Min(bytes[round], GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange((double)bytes[1] / bytes[0], 0, 2.5);
    }

    [Fact]
    public void Read_HundredErrors_ShowsTwenty()
    {
        string[] lines = Errors(Head + string.Join('\n', Enumerable.Range(0, 100).Select(i => $"wrong{i}: 1")) + "\n").Split('\n');
        Assert.Equal(21, lines.Length);
        Assert.StartsWith("80 more errors", lines[20], StringComparison.Ordinal);
    }

    [Fact]
    public void Read_SharedSettingWrongForEveryVariant_IsReportedOnce() => Assert.Single(Errors(Head + "protocol: {batchSize: 0}\n").Split('\n'));

    [Fact]
    public void Read_WithoutPreset_NamesWhatIsMissing()
    {
        string errors = Errors("apiVersion: advseg/v1\nname: bare\n");
        Assert.All(
            ["'cohort'", "'folds'", "'splitSeed'", "'seeds'", "'variants'", "'baseline'"],
            key => Assert.Contains($"{key} is missing", errors, StringComparison.Ordinal));
    }

    [Fact]
    public void Read_Overrides_ReplaceOnlyWhatTheyName()
    {
        SweepSpec spec = SweepYaml.Read(
            Head + """
            cohort: {phantom: {aggressive: 20}}
            seeds: [18446744073709551615, 7]
            protocol: {steps: 300, augmentation: {mirror: false}}
            schemes: {adversarial: {discriminatorSteps: 1}}
            variants:
              - {name: cross-entropy, scheme: cross-entropy}
              - {name: long, scheme: cross-entropy, steps: 800}
              - name: adversarial
                scheme: adversarial
                learningRate: .001
                discriminatorHalveEvery: 100
                network: {width: 16}
                discriminator: {norm: none}
            ablation: {levels: [.5]}
            """,
            "sweep.yaml");
        Assert.Equal(new PhantomCohort(20, 97, 64, 0), spec.Cohort);
        Assert.Equal([ulong.MaxValue, 7], spec.Seeds);
        Assert.Equal([300, 800, 300], spec.Variants.Select(v => v.Protocol.Steps));
        Assert.Equal([100, 267, 100], spec.Variants.Select(v => v.Scheme.Optimizer.HalveEvery));
        Assert.All(spec.Variants, v => Assert.Equal((false, 5), (v.Protocol.Augmentation.Mirror, v.Protocol.BatchSize)));
        Assert.Equal([8, 8, 16], spec.Variants.Select(v => v.Segmentor.Width));
        AdversarySpec adversary = spec.Variants[2].Scheme.AdversaryOrNull!;
        Assert.Equal(
            (1, DiscriminatorNorm.None, 100, 5e-4),
            (adversary.StepsPerSegmentorStep, adversary.Network.Norm, adversary.Optimizer.HalveEvery, adversary.Optimizer.LearningRate));
        Assert.Equal(1e-3, spec.Variants[2].Scheme.Optimizer.LearningRate);
        Assert.Equal([0.5], spec.Ablation!.Levels);
    }

    [Fact]
    public void Read_CohortOfAnotherKind_ReplacesThePresets()
    {
        string digest = new('0', 64);
        Assert.Equal(new StoredCohort(digest), SweepYaml.Read($"{Head}cohort: {{stored: '{digest}'}}\n", "x").Cohort);
        Assert.Equal(new FolderCohort("data/mine"), SweepYaml.Read($"{Head}cohort: {{folder: data/mine}}\n", "x").Cohort);
    }

    [Fact]
    public void Read_None_LeavesOut()
    {
        SweepSpec spec = SweepYaml.Read(Head + "evaluationCohort: none\nablation: none\n", "x");
        Assert.Null(spec.EvaluationCohort);
        Assert.Null(spec.Ablation);
    }

    [Fact]
    public void Read_SeedCount_StandsForSeedsFromZero() => Assert.Equal([0UL, 1UL, 2UL], SweepYaml.Read(Head + "seeds: 3\n", "x").Seeds);

    [Fact]
    public void Read_AnotherLayoutOfTheSameSettings_IsTheSameSweep() =>
        Assert.Equal(
            SweepYaml.Read(Head + "seeds: [0, 1]\nprotocol: {steps: 900, batchSize: 4}\n", "x").Id(),
            SweepYaml.Read("# the same\nprotocol:\n  batchSize: 4\n  steps: 900\nseeds: 2\npreset: \"demo\"\napiVersion: 'advseg/v1'\r\n", "y").Id());

    /// <summary>Billions of laughs: nothing is ever expanded, so the text is refused at its first anchor at once.</summary>
    [Fact]
    public void Read_AliasBomb_IsRefusedAtItsFirstAnchor()
    {
        string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + string.Concat(
            Enumerable.Range(0, 25).Select(i => $"{(char)('b' + i)}: &{(char)('b' + i)} [*{(char)('a' + i)},*{(char)('a' + i)}]\n"));
        Assert.StartsWith("sweep.yaml:1:4: anchors (&a)", Errors(bomb), StringComparison.Ordinal);
    }

    /// <summary>Any damage to a good file is either harmless or a SpecException with a place; nothing else escapes.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Read_DamagedText_NeverThrowsAnythingElse()
    {
        string good = Presets.Yaml("smoke");
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Int[0, 8], Gen.String[0, 6]).Sample(
            (at, removed, inserted) =>
            {
                string text = good[..at] + inserted + good[Math.Min(good.Length, at + removed)..];
                try
                {
                    SweepYaml.Read(text, "sweep.yaml");
                }
                catch (SpecException e)
                {
                    Assert.Matches("^(sweep.yaml:[0-9]+:[0-9]+: .+\n?)+", e.Message);
                }
            },
            iter: Effort.Of(1000));
    }

    private static string Errors(string text) => Assert.Throws<SpecException>(() => SweepYaml.Read(text, "sweep.yaml")).Message;

    private static string PlaceOf(string line) => string.Join(':', line.Split(':').Skip(1).Take(2));
}
