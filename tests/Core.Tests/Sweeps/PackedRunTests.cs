using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests.Sweeps;

public sealed class PackedRunTests
{
    [Fact]
    public void Run_PackedAndUnpacked_IsTheSameWithoutTheZones()
    {
        CellRun run = Run(seed: 1);

        CellRun again = PackedRun.Unpack(PackedRun.Pack(run));

        RunScores scores = run.Scores with { HeldOut = WithoutZones(run.Scores.HeldOut), Evaluation = WithoutZones(run.Scores.Evaluation!) };
        CellRun expected = run with { Scores = scores };
        Assert.Equal(CanonicalJson.Write(expected), CanonicalJson.Write(again));
    }

    [Fact]
    public void Run_WithoutWhatMayBeAbsent_StaysWithoutIt()
    {
        var run = new CellRun("r", 1, "w", null, "d", new RunScores { SelectedStep = 0, Selection = [], HeldOut = [new PatientScore("p", [])] });

        Assert.Equal(CanonicalJson.Write(run), CanonicalJson.Write(PackedRun.Unpack(PackedRun.Pack(run))));
    }

    [Fact]
    public void Run_WithFindings_HasThemAgain_AndReleasesWithoutThemReadTheRest()
    {
        PatientFindings Findings(int p) => new()
        {
            Lesions = p,
            Hits = [.. Enumerable.Range(0, p).Select(i => 3.1234 / (i + 1))],
            FalseAlarms = p == 1 ? [] : [0.1, -1],
            Suspicion = p == 1 ? null : 3.1234,
            Reliability = new([1, 0, 300], [0, 0, 250], [0.0625, 0, 0.1 + 0.2]),
        };
        CellRun before = Run(seed: 1);
        PatientScore[] scored = [.. before.Scores.HeldOut.Select((p, i) => i == 2 ? p : p with { Findings = Findings(i) })];
        CellRun run = before with { Scores = before.Scores with { HeldOut = scored } };

        byte[] packed = PackedRun.Pack(run);

        CellRun again = PackedRun.Unpack(packed);
        Assert.Equal(
            CanonicalJson.Write(scored.Select(p => p.Findings).ToArray()),
            CanonicalJson.Write(again.Scores.HeldOut.Concat(again.Scores.Evaluation!).Select(p => p.Findings).Take(3).ToArray()));
        Assert.All(again.Scores.Evaluation!, p => Assert.Null(p.Findings));
        byte[] old = PackedRun.Pack(before);
        Assert.Equal(old, packed[..old.Length]);
        Assert.Equal(CanonicalJson.Write(PackedRun.Unpack(old)), CanonicalJson.Write(again with
        {
            Scores = again.Scores with
            {
                HeldOut = [.. again.Scores.HeldOut.Select(p => p with { Findings = null })],
            }
        }));
    }

    [Fact]
    public void Run_OfAHundredPatients_TakesAFractionOfItsJson()
    {
        CellRun run = Run(seed: 2, patients: 100, slices: 20);

        Assert.InRange(PackedRun.Pack(run).Length, 1, CanonicalJson.Write(run).Length / 8);
    }

    [Fact]
    public void File_AsItWasWritten_GivesItsRuns()
    {
        byte[][] runs = [PackedRun.Pack(Run(seed: 1)), PackedRun.Pack(Run(seed: 2))];

        Assert.Equal(runs, CellFile.Read(CellFile.Write(runs)));
        Assert.Equal([], CellFile.Read(CellFile.Write([])));
    }

    [Fact]
    public void File_DamagedOrOfAnotherFormat_IsNothing()
    {
        byte[] file = CellFile.Write([PackedRun.Pack(Run(seed: 1))]);
        foreach (int at in (int[])[0, 4, 36, file.Length / 2, file.Length - 1])
        {
            byte[] damaged = [.. file];
            damaged[at] ^= 1;
            Assert.Null(CellFile.Read(damaged));
        }

        Assert.Null(CellFile.Read(file[..^1]));
        Assert.Null(CellFile.Read([]));
    }

    private static IReadOnlyList<PatientScore> WithoutZones(IReadOnlyList<PatientScore> patients) =>
        [.. patients.Select(p => p with { Slices = [.. p.Slices.Select(WithoutZones)] })];

    private static SliceScore WithoutZones(SliceScore slice) => slice with { PeripheralZone = null, TransitionZone = null };

    private static CellRun Run(int seed, int patients = 3, int slices = 4)
    {
        // Multiples of primes: different everywhere, with large and small counts, and sums that no double holds exactly.
        long Number(int a, int b) => (seed + 1L) * ((a * 7919) + (b * 104729)) % 170_000;
        Confusion Counts(int a, int b) => new(Number(a, b) % 50, Number(b, a) % 3, Number(a + 1, b) % 40, Number(a, b + 5));
        SliceScore Slice(int p, int s) => new(s, Counts(p, s), Counts(s, p), Counts(p, 1), Counts(s, 2));
        long[] hits = [.. Enumerable.Range(0, 40).Select(k => 900L - (k * 17))];
        long[] alarms = [.. Enumerable.Range(0, 38).Select(k => 160_000L / (k + 1))];
        PatientScore Patient(int p) => new($"p{p:D3}", [.. Enumerable.Range(0, slices).Select(s => Slice(p, s))])
        {
            Curve = p % 2 == 0 ? new ThresholdCurve(-16, 0.25, hits, alarms) : null,
            Values = p % 3 == 0 ? null : [new MeasuredValue("hd95", p % 3 == 1 ? null : 12.3456789 / 7), new MeasuredValue("other", 0.1 + 0.2)],
        };
        return new CellRun($"{seed:D64}", 12, "127.0.0.1:1@2", 3, "digest", new RunScores
        {
            SelectedStep = 70,
            Selection = [new SelectionPoint(35, 1.0 / 3), new SelectionPoint(70, 0)],
            HeldOut = [.. Enumerable.Range(0, patients).Select(Patient)],
            Evaluation = [.. Enumerable.Range(50, patients).Select(Patient)],
        });
    }
}
