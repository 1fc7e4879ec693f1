using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Tests;

/// <summary>
/// Run ids name stored results: when one of these pins moves, every result in every store is lost to its sweep. The texts and digests
/// under Identity/ were written by runs.py, which shares no code with Core.
/// </summary>
public sealed class IdentityTests
{
    private static readonly AdamSpec Adam = SmallSpecs.Adam with { HalveEvery = 234 };

    private static readonly AdversarySpec Adversary = SmallSpecs.Adversary with
    {
        Network = SmallSpecs.Discriminator with { Channels = [8, 16, 32] },
        Optimizer = Adam with { LearningRate = 5e-4, HalveEvery = 0 },
    };

    private static readonly IReadOnlyDictionary<string, SchemeSpec> Schemes = SmallSpecs.Schemes(Adam, Adversary);

    [Theory]
    [InlineData("cross-entropy", "26ec5b02d19e3b9980fa15f1539c858e1303ed1b1e4a51c9b7bee7c89049a12d")]
    [InlineData("adversarial", "41c2ad8521012d6e54f2632abec3b1720c6368663af41ae9f5af4c6c52b22361")]
    [InlineData("hybrid", "4dd7140dda71ecbeafcf978b5da413d8a477f6ed4eef6ad09f4b3651e26164ea")]
    [InlineData("minimax", "6c76687c5d2b6ef206ca21c87f94ae5339535be86787d9a0c6d146b2858ede18")]
    [InlineData("dice-ce", "b85d86cd428c0da77687b99681c29101352ada43461adb12e2caeb4027e9a92f")]
    public void RunId_OfEachScheme_IsPinned(string kind, string id)
    {
        RunSpec run = Run(Schemes[kind]);
        Assert.Equal(File.ReadAllText(Beside($"Identity/{kind}.json")), Encoding.UTF8.GetString(CanonicalJson.Write(run)));
        Assert.Equal(id, run.Id().Value);
    }

    [Theory]
    [InlineData("cross-entropy")]
    [InlineData("adversarial")]
    [InlineData("hybrid")]
    [InlineData("minimax")]
    [InlineData("dice-ce")]
    public void CanonicalJson_ReadBack_IsTheSameRun(string kind)
    {
        byte[] text = File.ReadAllBytes(Beside($"Identity/{kind}.json"));
        RunSpec read = CanonicalJson.Read<RunSpec>(text, kind);
        Assert.Equal(kind, read.Scheme.Kind);
        Assert.Equal(text, CanonicalJson.Write(read));
    }

    private sealed record Earlier(int First, string? Second = null);

    private sealed record Later(int First, string? Second = null, double? Third = null, IReadOnlyList<int>? Fourth = null);

    [Fact]
    public void CanonicalJson_NullMemberAdded_KeepsTheBytes() =>
        Assert.Equal(CanonicalJson.Write(new Earlier(1, "a")), CanonicalJson.Write(new Later(1, "a")));

    /// <summary>Neither a variant's name nor a fold, level or split seed is here; a new member must be nullable, so that old ids stand.</summary>
    [Fact]
    public void RunSpec_Members_AreThoseThatDecideTheResult()
    {
        PropertyInfo[] members = typeof(RunSpec).GetProperties();
        Assert.Equal(
            [
                "CohortDigest", "EvaluationCohortDigest", "Numerics", "Protocol", "Scheme", "Seed", "Segmentor", "Select", "Test", "TrainNegative",
                "TrainPositive", "Trainer", "TrainerRevision",
            ],
            members.Select(m => m.Name).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("null", Encoding.UTF8.GetString(CanonicalJson.Write(Run(Schemes["cross-entropy"]))), StringComparison.Ordinal);
    }

    [Fact]
    public void RunId_AnyMemberChanged_IsAnother()
    {
        RunSpec run = Run(Schemes["adversarial"]);
        RunSpec[] changed =
        [
            run,
            run with { CohortDigest = new string('d', 64) },
            run with { TrainPositive = ["A1"] },
            run with { TrainNegative = [] },
            run with { Select = ["A4"], Test = ["A3"] },
            run with { EvaluationCohortDigest = new string('e', 64) },
            run with { Scheme = Schemes["minimax"] },
            run with { Scheme = new AdversarialScheme { Optimizer = Adam with { Beta1 = 0.9 }, Adversary = Adversary } },
            run with { Scheme = new AdversarialScheme { Optimizer = Adam, Adversary = Adversary with { StepsPerSegmentorStep = 1 } } },
            run with { Protocol = run.Protocol with { Steps = 701 } },
            run with { Segmentor = run.Segmentor with { NormalizeFirst = false } },
            run with { Seed = 1 },
            run with { Trainer = "sleeping" },
            run with { TrainerRevision = 2 },
            run with { Numerics = run.Numerics with { Threads = 2 } },
        ];
        Assert.Equal(changed.Length, changed.Select(r => r.Id()).Distinct().Count());
    }

    private static RunSpec Run(SchemeSpec scheme) => SmallSpecs.Run(new string('c', 64), scheme) with
    {
        TrainPositive = ["A1", "A2"],
        TrainNegative = ["F1"],
        Select = ["A3"],
        Test = ["A4"],
        Protocol = SmallSpecs.Protocol with
        {
            CropSize = 48,
            Steps = 700,
            EvaluateEvery = 50,
            Augmentation = new AugmentationSpec { RotationRadians = Math.PI / 8, ShiftPixels = 5.5, Mirror = true },
        },
        Segmentor = SmallSpecs.Segmentor with { Width = 8, Levels = 4 },
        Seed = ulong.MaxValue,
    };

    private static string Beside(string path, [CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, path);

    [Theory]
    [InlineData("1e400")]
    [InlineData("-1e400")]
    [InlineData("\"NaN\"")]
    public void Record_WithANumberThatIsNotFinite_IsRefused(string number)
    {
        var e = Assert.Throws<SpecException>(
            () => CanonicalJson.Read<SelectionPoint>(Encoding.UTF8.GetBytes($"{{\"step\":1,\"dice\":{number}}}"), "the record"));

        Assert.StartsWith("the record is not a valid SelectionPoint", e.Message, StringComparison.Ordinal);
    }
}
