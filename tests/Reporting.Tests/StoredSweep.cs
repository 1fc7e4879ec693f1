using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Storage.Folder;

namespace AdvSeg.Reporting.Tests;

/// <summary>
/// A synthetic sweep with its cohort, results and predictions in a store on a temporary folder; scores are counted from the predictions.
/// </summary>
internal sealed class StoredSweep : IDisposable
{
    private const int Size = 64;
    private const int Crop = 48;

    private readonly TempFolder _folder = new();
    private readonly Cohort _cohort;

    public StoredSweep(int seeds = 1)
    {
        Store = new FolderArtifactStore(_folder.Path, TimeProvider.System);
        _cohort = Cohort.Create("discs", 1.5, Enumerable.Range(0, 17).Select(Volume));
        Plan = SyntheticSweep.Plan(seeds: seeds, evaluation: false, cohort: _cohort.Manifest);
    }

    public FolderArtifactStore Store { get; }

    public Plan Plan { get; }

    public SweepId Sweep => new(Plan.Sweep);

    public void Dispose() => _folder.Dispose();

    public async Task PutPlanAsync()
    {
        await Store.PutAsync(ArtifactKeys.Plan(Sweep), CanonicalJson.Write(Plan));
        await Store.PutAsync(ArtifactKeys.CohortManifest(_cohort.Digest), CanonicalJson.Write(_cohort.Manifest));
        foreach (CohortPatient patient in _cohort.Manifest.Patients)
        {
            byte[] file = CohortFile.Write(_cohort.Patients.Single(p => p.Patient == patient.Id), CohortLayout.Paper);
            await Store.PutAsync(ArtifactKeys.CohortPrefix(_cohort.Digest) + patient.File, file);
        }
    }

    public async Task PutChoiceAsync(int fold) => await Store.PutAsync(ArtifactKeys.Choice(Sweep), CanonicalJson.Write(SyntheticSweep.Choice(fold)));

    public async Task PutResultsAsync(IEnumerable<PlannedRun> runs)
    {
        foreach (PlannedRun run in runs)
        {
            LabelMap[] maps = [.. Plan.Folds[run.Fold].Test.Select(p => Predict(_cohort.Patients.Single(v => v.Patient == p), run))];
            byte[] data = LabelMaps.Write(maps);
            RunId id = new(run.Run);
            string key = ArtifactKeys.Output(id, 1, "predictions.bin");
            await Store.PutAsync(key, data);
            RunScores scores = new() { SelectedStep = 50, Selection = [new(50, 0.4)], HeldOut = [.. maps.Select(Score)] };
            RunResult result = new()
            {
                Run = run.Run,
                Attempt = 1,
                Scores = scores,
                WeightsDigest = Digest.Of([1]),
                ResultDigest = RunResult.DigestOf(scores, Digest.Of([1])),
                Artifacts = [new ArtifactReference(key, Digest.Of(data), data.Length)],
                Provenance = new() { Worker = "w", Started = default, Finished = default, StepsTrained = 50, Canary = "c", Version = "0" },
            };
            await Store.PutAsync(ArtifactKeys.RunResult(id), CanonicalJson.Write(result));
        }
    }

    private PatientScore Score(LabelMap map)
    {
        CohortVolume expert = _cohort.Patients.Single(p => p.Patient == map.Patient).Crop(Crop);
        return new(map.Patient, [.. Enumerable.Range(0, map.Slices).Select(slice =>
        {
            byte[] predicted = map.Labels[(slice * Crop * Crop)..((slice + 1) * Crop * Crop)];
            byte[] marked = expert.SliceLabels(slice).ToArray();
            Confusion Count(Func<int, bool> within)
            {
                int[] at = [.. Enumerable.Range(0, marked.Length).Where(within)];
                int Pairs(bool p, bool m) => at.Count(i => (predicted[i] == 1) == p && (marked[i] == 1) == m);
                return new(Pairs(true, true), Pairs(true, false), Pairs(false, true), Pairs(false, false));
            }

            return new SliceScore(slice, Count(_ => true), Count(i => marked[i] != 0), Confusion.Zero, Confusion.Zero);
        })]);
    }

    /// <summary>A gland of two zones with one tumour, brighter in b1500 and darker in the other two channels; the last patient has none.</summary>
    private static CohortVolume Volume(int index)
    {
        PhiloxSequence draws = Philox.At(7, DrawPurpose.Phantom, (uint)index);
        const int Slices = 2;
        bool positive = index < 16;
        var images = new float[Slices * 3 * Size * Size];
        var labels = new byte[Slices * Size * Size];
        (double x, double y, double r) = (draws.Uniform(22, 42), draws.Uniform(34, 44), draws.Uniform(3, 6));
        for (int i = 0; i < labels.Length; i++)
        {
            (int row, int column, int slice) = (i / Size % Size, i % Size, i / (Size * Size));
            double gland = Math.Pow((column - 32) / 18.0, 2) + Math.Pow((row - 32) / 15.0, 2);
            double zone = Math.Pow((column - 32) / 11.0, 2) + Math.Pow((row - 28) / 9.0, 2);
            bool tumour = positive && Math.Pow(column - x, 2) + Math.Pow(row - y, 2) < r * r;
            labels[i] = (byte)(gland > 1 ? 0 : tumour ? 1 : zone < 1 ? 3 : 2);
            for (int channel = 0; channel < 3; channel++)
            {
                double signal = labels[i] switch { 0 => 0, 1 => channel == 2 ? 2.5 : -0.6, 2 => 1, _ => 0.4 };
                images[(((slice * 3) + channel) * Size * Size) + (row * Size) + column] = (float)(signal + draws.Normal(0, 0.25));
            }
        }

        return new(positive ? $"p{index:D3}" : "n000", positive, Slices, Size, images, labels);
    }

    /// <summary>The expert's map with the tumour moved and partly lost, by an amount that depends on patient, variant and level.</summary>
    private static LabelMap Predict(CohortVolume patient, PlannedRun run)
    {
        CohortVolume crop = patient.Crop(Crop);
        PhiloxSequence draws =
            Philox.At(3, DrawPurpose.LabelNoise, uint.Parse(patient.Patient[1..]), (uint)((run.Variant * 100) + ((run.Level ?? 9) * 10) + run.Seed));
        int shift = draws.NextInt32(run.Level is null ? 8 : 10);
        var labels = new byte[crop.Labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            labels[i] = crop.Labels[i] == 1 ? (byte)2 : crop.Labels[i];
            int from = (i % Crop) - shift;
            if (from >= 0 && crop.Labels[i - shift] == 1)
            {
                labels[i] = 1;
            }
        }

        return new(patient.Patient, crop.Slices, Crop, labels);
    }
}
