using System.Diagnostics;
using System.Text.Json;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Formats;
using SkiaSharp;

namespace AdvSeg.Client.Tests;

/// <summary><c>predict</c> on files of examinations, with a model that <c>train</c> made.</summary>
[Trait("Category", "EndToEnd")]
public sealed class PredictStudyTests(PredictStudyTests.Trained trained) : IClassFixture<PredictStudyTests.Trained>
{
    private const int Side = 40;

    /// <summary>What the crop of the preset smoke leaves out at each side.</summary>
    private const int Margin = 4;

    private const string Images = "files/images/A001/A001_1_t2w.mha files/images/A001/A001_1_adc.mha files/images/A001/A001_1_hbv.mha";

    /// <summary>
    /// The files of a cohort's patient give the labels that the cohort's patient gives, but for the rounding of a second normalisation; a run by
    /// its digits, its model's file and both averaged say the same.
    /// </summary>
    [Fact]
    public async Task Images_OfAPatient_AreSegmentedAsThePatientOfTheCohort()
    {
        string[] masks = ["by-run.nii.gz", "by-file.nii.gz", "by-both.mha"];
        await RunAsync($"predict --run {trained.Run[..8]} --images {Images} --out {masks[0]} --data data --probabilities");
        CommandResult file = await RunAsync($"predict {trained.Model} --images {Images} --out {masks[1]} -o json --data nowhere");
        await RunAsync($"predict --run {trained.Run} {trained.Model} --images {Images} --out {masks[2]} --data data");
        await RunAsync($"predict {trained.Model} cohort --save labels");

        byte[] expected = await File.ReadAllBytesAsync(Under("labels/A001.npy"), TestContext.Current.CancellationToken);
        byte[][] labels = [.. masks.Select(mask => VolumeFile.Read(Under(mask)).Stored)];
        Assert.All(labels, found =>
        {
            byte[] centre = [.. found.Where((_, i) => i % Side is >= Margin and < Side - Margin && i / Side % Side is >= Margin and < Side - Margin)];
            int different = centre.Zip(expected[^centre.Length..]).Count(pair => pair.First != pair.Second);
            Assert.InRange(different, 0, centre.Length / 200);
            Assert.Equal(centre.Count(label => label > 0), found.Count(label => label > 0));
            Assert.Contains((byte)3, centre);
        });
        Assert.Equal(labels[0], labels[1]);
        Assert.Equal(labels[0], labels[2]);
        Assert.Equal(VolumeFile.Read(Under("files/images/A001/A001_1_t2w.mha")).Geometry.Size, VolumeFile.Read(Under(masks[0])).Geometry.Size);
        JsonElement told = JsonDocument.Parse(file.Out).RootElement[0];
        Assert.Equal("by-file", told.GetProperty("study").GetString());
        Assert.Equal(labels[1].Count(l => l == 1), told.GetProperty("classes")[0].GetProperty("voxels").GetInt64());
        double[] sum = [.. Enumerable.Range(0, labels[0].Length).Select(_ => 0.0)];
        foreach (double[] p in Probabilities("by-run"))
        {
            sum = [.. sum.Zip(p, (a, b) => a + b)];
        }

        Assert.All(sum, total => Assert.Equal(1, total, 1e-5));
    }

    /// <summary>Two runs with different weights: what is written is the mean of what each says, labels are where that mean is largest.</summary>
    [Fact]
    public async Task Probabilities_OfTwoModels_AreTheMeanOfEachModels()
    {
        CommandResult second = await RunAsync("train sweep.yaml --variant cross-entropy --fold 1 --data data");
        string other = second.Out.Split('\n')[0].Split(' ')[^1];
        await RunAsync($"predict --run {trained.Run} --images {Images} --out one.nii.gz --probabilities --data data");
        await RunAsync($"predict --run {other} --images {Images} --out other.nii.gz --probabilities --data data");
        await RunAsync($"predict --run {trained.Run} {other} --images {Images} --out mean.nii.gz --probabilities --data data");

        double[][] one = Probabilities("one"), two = Probabilities("other"), mean = Probabilities("mean");
        byte[] labels = VolumeFile.Read(Under("mean.nii.gz")).Stored;
        Assert.NotEqual(
            await File.ReadAllBytesAsync(trained.Model, TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(Under($"data/runs/{other}/attempts/0/model.safetensors"), TestContext.Current.CancellationToken));
        Assert.InRange(one[0].Zip(two[0]).Count(pair => Math.Abs(pair.First - pair.Second) > 0.01), labels.Length / 100, labels.Length);
        for (int label = 0; label < mean.Length; label++)
        {
            Assert.All(mean[label].Index(), p => Assert.Equal((one[label][p.Index] + two[label][p.Index]) / 2, p.Item, 1e-6));
        }

        // Single precision ties where a voxel's classes are equal to the last digit.
        Assert.All(labels.Index(), at => Assert.Equal(mean.Max(p => p[at.Index]), mean[at.Item][at.Index], 1e-6));
    }

    /// <summary>
    /// The labels back through an import and onto a contact sheet: decoded, the PNG is tinted over what the mask calls a zone, and grey over what
    /// it calls background; only where tumour is near has it an outline instead.
    /// </summary>
    [Fact]
    public async Task Mask_DrawnOverItsImage_IsTintedWhereItsLabelsAre()
    {
        await RunAsync("cohort phantom --out drawn --format nifti --aggressive 1 --lesion-free 0 --size 40 --seed 3");
        await RunAsync($"predict --run {trained.Run} --studies drawn/imagesTr --out drawn/masks --data data");
        Directory.Delete(Under("drawn/labelsTr"), recursive: true);
        Directory.Move(Under("drawn/masks"), Under("drawn/labelsTr"));
        await RunAsync("cohort import nnunet drawn --spacing 2.4 --size 40 --slices all --out seen");
        await RunAsync("cohort show seen --png seen.png");

        CohortVolume patient = Assert.Single(Cohort.Load(Under("seen")).Patients);
        int slice = Enumerable.Range(0, patient.Slices).MaxBy(z => patient.SliceLabels(z).Count((byte)1));
        byte[] labels = patient.SliceLabels(slice).ToArray();
        Assert.Equal(VolumeFile.Read(Under("drawn/labelsTr/A001.nii.gz")).Stored.Skip(slice * labels.Length).Take(labels.Length), labels);
        using SKBitmap sheet = SKBitmap.Decode(Under("seen.png"));
        (int tinted, int grey) = (0, 0);
        foreach ((int x, int y) in from y in Enumerable.Range(1, Side - 2) from x in Enumerable.Range(1, Side - 2) select (x, y))
        {
            byte label = labels[(y * Side) + x];
            if (Around(x, y).All(at => labels[at] != 1))
            {
                // The sheet's first patient: three channels and then the overlay, of 110 pixels each, 2 apart, below the heading.
                SKColor colour = sheet.GetPixel(14 + (3 * 112) + (int)((x + 0.5) * 110 / Side), 68 + (int)((y + 0.5) * 110 / Side));
                Assert.Equal((label, label == 0), (label, colour.Red == colour.Green && colour.Green == colour.Blue));
                (tinted, grey) = label == 0 ? (tinted, grey + 1) : (tinted + 1, grey);
            }
        }

        Assert.InRange(tinted, 20, Side * Side);
        Assert.InRange(grey, 20, Side * Side);

        static IEnumerable<int> Around(int x, int y) => from dy in (int[])[-1, 0, 1] from dx in (int[])[-1, 0, 1] select ((y + dy) * Side) + x + dx;
    }

    /// <summary>What other programs see: nibabel's voxels lie where those of the image do, and have its labels.</summary>
    [Fact]
    public async Task Mask_InNibabel_HasTheGeometryOfTheFirstImage()
    {
        await RunAsync("cohort phantom --out raw --format nifti --aggressive 8 --lesion-free 2 --size 40 --seed 3");
        await RunAsync($"predict --run {trained.Run} --studies raw/imagesTr --out masks --data data");
        const string Script = """
            import nibabel, numpy, sys
            image, mask = (nibabel.load(path) for path in sys.argv[1:])
            assert numpy.allclose(image.affine, mask.affine, atol=1e-4), (image.affine, mask.affine)
            assert image.shape == mask.shape and mask.get_data_dtype() == numpy.uint8
            print(int((numpy.asarray(mask.dataobj) == 1).sum()))
            """;
        if (await PythonAsync(Script, Under("raw/imagesTr/A001_0000.nii.gz"), Under("masks/A001.nii.gz")) is not { } tumour)
        {
            Assert.Skip("python3 with nibabel is not there");
            return;
        }

        Assert.Equal(VolumeFile.Read(Under("masks/A001.nii.gz")).Stored.Count(label => label == 1), tumour);
        Assert.Equal(10, Directory.GetFiles(Under("masks")).Length);
    }

    [Theory]
    [InlineData("--images files/images/A001/A001_1_t2w.mha --out m.nii", 65, "names 1 files, and the model reads 3 channels: T2w, ADC, b1500")]
    [InlineData("--images a b c --out m.nii --studies files", 2, "one of them")]
    [InlineData("--images a b c", 2, "--out is missing")]
    [InlineData("cohort --images a b c --out m.nii", 2, "COHORT goes with MODEL and --save alone")]
    [InlineData("--images a.mha b.mha c.mha --out m.nii", 65, "a.mha")]
    [InlineData("--images a.mha b.mha c.mha --out m.nii --spacing 9", 65, "which --spacing and --size contradict")]
    [InlineData("--images " + Images + " --out m.png", 65, "m.png is no volume file by its name")]
    public async Task Predict_OfWhatDoesNotFit_SaysWhat(string arguments, int exitCode, string expected)
    {
        string[] words = arguments.Split(' ');
        CommandResult result = await AdvSegProcess.RunInAsync(trained.Folder.Path, ["predict", trained.Model, .. words]);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Under("m.nii")));
    }

    /// <summary>Nothing is written where something of it could not be.</summary>
    [Theory]
    [InlineData("used.nii.gz", "used-tumour.nii.gz is there already; name a new file, or remove this one.")]
    [InlineData("nowhere/mask.nii.gz", "is not there; make it, or name another file.")]
    public async Task Predict_ToFilesThatCannotAllBeWritten_WritesNone(string output, string expected)
    {
        await File.WriteAllTextAsync(Under("used-tumour.nii.gz"), "mine", TestContext.Current.CancellationToken);

        CommandResult refused = await AdvSegProcess.RunInAsync(
            trained.Folder.Path, ["predict", trained.Model, "--images", .. Images.Split(' '), "--out", output, "--probabilities"]);

        Assert.Equal(65, refused.ExitCode);
        Assert.EndsWith(expected, Assert.Single(refused.ErrorLines, line => line.Contains("there", StringComparison.Ordinal)));
        Assert.False(Path.Exists(Under(output)));
        Assert.Equal("mine", await File.ReadAllTextAsync(Under("used-tumour.nii.gz"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Predict_WithARunThatIsNotThere_NamesTheDataFolder()
    {
        CommandResult result = await AdvSegProcess.RunInAsync(
            trained.Folder.Path, [.. $"predict --run 0123456 --images {Images} --out m.nii --data data".Split(' ')]);
        Assert.Equal(65, result.ExitCode);
        Assert.Contains("has no run 0123456; give --data the folder that holds it", result.Error, StringComparison.Ordinal);
    }

    /// <summary>Of every class, voxel by voxel.</summary>
    private double[][] Probabilities(string mask) =>
    [
        .. new[] { "background", "tumour", "peripheral-zone", "transition-zone" }
            .Select(label => VolumeFile.Read(Under($"{mask}-{label}.nii.gz")).Values()),
    ];

    private string Under(string path) => trained.Folder.Under(path);

    private Task<CommandResult> RunAsync(string command) => trained.RunAsync(command);

    /// <returns>What the script printed; null where python3 or nibabel is not there.</returns>
    private static async Task<int?> PythonAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])["-c", script, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        if (!File.Exists(start.FileName))
        {
            return null;
        }

        using Process python = Process.Start(start)!;
        Task<string> output = python.StandardOutput.ReadToEndAsync();
        string error = await python.StandardError.ReadToEndAsync();
        await python.WaitForExitAsync();
        Assert.True(python.ExitCode == 0 || error.Contains("No module named", StringComparison.Ordinal), error);
        return python.ExitCode == 0 ? int.Parse(await output) : null;
    }

    /// <summary>A phantom as cohort and as files, and one run that was trained on it.</summary>
    public sealed class Trained : IAsyncLifetime
    {
        private const string Yaml = "apiVersion: advseg/v1\npreset: smoke\nname: local\ncohort: {folder: cohort}\nevaluationCohort: none\n";
        private const string Phantom = "--aggressive 8 --lesion-free 2 --size 40 --seed 3";

        public TempFolder Folder { get; } = new();

        public string Run { get; private set; } = "";

        public string Model { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            await RunAsync($"cohort phantom --out cohort {Phantom}");
            await RunAsync($"cohort phantom --out files --format mha {Phantom}");
            await File.WriteAllTextAsync(Folder.Under("sweep.yaml"), Yaml);
            CommandResult trained = await RunAsync("train sweep.yaml --variant cross-entropy --fold 0 --data data");
            Run = trained.Out.Split('\n')[0].Split(' ')[^1];
            Model = Folder.Under($"data/runs/{Run}/attempts/0/model.safetensors");
        }

        internal async Task<CommandResult> RunAsync(string command)
        {
            CommandResult result = await AdvSegProcess.RunInAsync(Folder.Path, command.Split(' '));
            Assert.Equal((0, ""), (result.ExitCode, result.ExitCode == 0 ? "" : result.Error));
            return result;
        }

        public ValueTask DisposeAsync()
        {
            Folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
