using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Runs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Client.Tests;

/// <summary>
/// The real case of PI-CAI as eight patients, who differ by a little noise because an import refuses duplicates. It has no tumour: six of them get
/// one for the test, a part of the peripheral zone of their middle slices.
/// </summary>
[Trait("Category", "EndToEnd")]
public sealed class SampleSweepTests : IDisposable
{
    private const int Patients = 8;
    private const int Positives = 6;
    private const string Case = "10795_1000811";
    private const string Zones = "picai_labels/anatomical_delineations/zonal_pz_tz/AI/Yuan23";
    private const string Lesions = "picai_labels/csPCa_lesion_delineations/human_expert/resampled";

    private const string Sweep = """
        apiVersion: advseg/v1
        preset: smoke
        name: sample
        cohort: {folder: cohort}
        evaluationCohort: none
        folds: 3
        protocol: {cropSize: 48, steps: 20, evaluateEvery: 10}
        variants: [{name: cross-entropy, scheme: cross-entropy}]
        ablation: none

        """;

    private static readonly string Sample = SourceFile.Of("../shared/data/picai-sample");
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Sweep_OnTheRealCaseAsSeveralPatients_IsTrainedToItsReport()
    {
        Assert.SkipUnless(Directory.Exists(Sample), "the PI-CAI sample is not there: shared/data/picai-sample beside the project.");
        LongTests.SkipUnlessAsked();
        WriteFiles();
        await RunAsync("cohort import picai --images files/images --labels files/picai_labels --spacing 4 --size 48 --slices gland --out cohort");
        await File.WriteAllTextAsync(_folder.Under("sweep.yaml"), Sweep, TestContext.Current.CancellationToken);

        CommandResult demo = await RunAsync("demo --spec sweep.yaml --data data");

        CohortManifest manifest = CohortFolder.ReadManifest(_folder.Under("cohort"));
        Assert.Equal((Patients, Positives), (manifest.Patients.Count, manifest.Patients.Count(patient => patient.Positive)));
        Assert.Equal(Patients, manifest.Patients.Select(patient => patient.Sha256).Distinct().Count());
        Assert.Contains("Table 1", demo.Out, StringComparison.Ordinal);
        RunResult[] results =
            [.. Directory.GetFiles(_folder.Under("data/runs"), "result.json", SearchOption.AllDirectories).Select(SmokeDemo.Read)];
        Assert.Equal(3, results.Length);
        Assert.Equal(
            manifest.Patients.Where(patient => patient.Positive).Select(patient => patient.Id),
            results.SelectMany(result => result.Scores.HeldOut).Select(score => score.Patient).Order(StringComparer.Ordinal));
        Assert.All(results.SelectMany(result => result.Scores.HeldOut), score => Assert.True(score.Tumour.HasExpert));
        Assert.Single(Directory.GetFiles(_folder.Under("data/sweeps"), "report.html", SearchOption.AllDirectories));
    }

    private void WriteFiles()
    {
        foreach (string made in (string[])[Zones, Lesions, "picai_labels/clinical_information"])
        {
            Directory.CreateDirectory(_folder.Under("files", made));
        }

        Volume zones = VolumeFile.Read(Path.Combine(Sample, $"{Zones}/{Case}.nii.gz"));
        List<string> rows = ["patient_id,study_id,case_ISUP,case_csPCa"];
        for (int number = 0; number < Patients; number++)
        {
            string patient = $"9000{number}";
            bool isPositive = number < Positives;
            string images = Directory.CreateDirectory(_folder.Under("files", "images", patient)).FullName;
            foreach (string kind in (string[])["t2w", "adc", "hbv"])
            {
                Volume image = VolumeFile.Read(Path.Combine(Sample, $"images/10795/{Case}_{kind}.mha"));
                VolumeFile.Write(Path.Combine(images, $"{patient}_1_{kind}.mha"), Noisy(image, (uint)number), isCompressed: false);
            }

            VolumeFile.Write(_folder.Under("files", Zones, $"{patient}_1.nii.gz"), zones);
            VolumeFile.Write(_folder.Under("files", Lesions, $"{patient}_1.nii.gz"), Lesion(zones, isPositive));
            rows.Add($"{patient},1,{(isPositive ? "2,YES" : "0,NO")}");
        }

        File.WriteAllLines(_folder.Under("files/picai_labels/clinical_information/marksheet.csv"), rows);
    }

    /// <summary>Every value changed by up to 2 %.</summary>
    private static Volume Noisy(Volume image, uint number)
    {
        PhiloxSequence draws = Philox.At(0, DrawPurpose.Split, number);
        var values = new float[image.Geometry.Size.Voxels];
        double[] before = image.Values();
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(before[i] * (0.98 + (0.04 * draws.NextDouble())));
        }

        return Volume.Of(image.Geometry, values);
    }

    /// <summary>ISUP 2 where the peripheral zone is left of its middle, in the five slices that have most of it.</summary>
    private static Volume Lesion(Volume zones, bool isPositive)
    {
        const byte Peripheral = 1;
        (VolumeSize size, byte[] labels) = (zones.Geometry.Size, new byte[zones.Geometry.Size.Voxels]);
        int plane = size.X * size.Y;
        int Count(int z) => zones.Stored.AsSpan(z * plane, plane).Count(Peripheral);
        foreach (int z in isPositive ? Enumerable.Range(0, size.Z).OrderByDescending(Count).Take(5) : [])
        {
            int[] found = [.. Enumerable.Range(z * plane, plane).Where(at => zones.Stored[at] == Peripheral)];
            double middle = found.Average(at => at % size.X);
            foreach (int at in found.Where(at => at % size.X < middle))
            {
                labels[at] = 2;
            }
        }

        return Volume.Of(zones.Geometry, labels);
    }

    private async Task<CommandResult> RunAsync(string command)
    {
        using AdvSegProcess process = AdvSegProcess.Start(_folder.Path, null, command.Split(' '));
        CommandResult result = await process.EndAsync(TimeSpan.FromMinutes(4));
        Assert.Equal((0, ""), (result.ExitCode, result.ExitCode == 0 ? "" : result.Error));
        return result;
    }
}
