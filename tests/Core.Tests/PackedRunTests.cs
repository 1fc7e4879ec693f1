using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Core.Tests;

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
