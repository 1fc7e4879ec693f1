using System.Text;
using AdvSeg.Core.Runs;
using AdvSeg.Imaging.Cohorts;

namespace AdvSeg.Client.Tests;

/// <summary>Sweeps on imported cohorts beside the same sweep on the phantom whose patients they are, and what of the files stays.</summary>
[Trait("Category", "EndToEnd")]
public sealed class ImportedSweepTests(ImportedSweeps sweeps) : IClassFixture<ImportedSweeps>
{
    /// <summary>A patient of the phantom: what must be found where ids may be.</summary>
    private const string Known = "A001";

    private ImportedSweeps Sweeps
    {
        get
        {
            LongTests.SkipUnlessAsked();
            return sweeps;
        }
    }

    /// <summary>Both importers read equal voxels, so the cohorts differ in their descriptions alone, and no result does.</summary>
    [Fact]
    public void Results_OfEqualVoxels_AreEqualWhicheverImporterReadThem()
    {
        Assert.NotEqual(Sweeps.Manifest(ImportedSweeps.OfPicai).ComputeDigest(), Sweeps.Manifest(ImportedSweeps.OfNnUnet).ComputeDigest());
        Assert.Equal(
            Sweeps.Manifest(ImportedSweeps.OfPicai).Patients.Select(patient => patient.Sha256),
            Sweeps.Manifest(ImportedSweeps.OfNnUnet).Patients.Select(patient => patient.Sha256));

        RunResult[] picai = Sweeps.Results(ImportedSweeps.OfPicai);
        RunResult[] nnUnet = Sweeps.Results(ImportedSweeps.OfNnUnet);

        Assert.Equal(3, picai.Length);
        Assert.Equal(picai.Select(result => result.ResultDigest), nnUnet.Select(result => result.ResultDigest));
        Assert.Equal(picai.Select(result => result.WeightsDigest), nnUnet.Select(result => result.WeightsDigest));
        Assert.Empty(picai.Select(result => result.Run).Intersect(nnUnet.Select(result => result.Run)));
    }

    /// <summary>
    /// An import normalises images that the phantom had normalised already, which changes values by 2e-4 and with them the last digits of all that
    /// is learnt. What does not depend on those is equal: labels, folds, and what the expert says of every slice.
    /// </summary>
    [Fact]
    public void Results_OfAnImportedPhantom_DifferFromThePhantomsByTheRoundingOfTheImagesAlone()
    {
        var phantom = Cohort.Load(Sweeps.Under(ImportedSweeps.OfPhantom));
        var imported = Cohort.Load(Sweeps.Under(ImportedSweeps.OfPicai));
        Assert.All(phantom.Patients.Zip(imported.Patients), pair => Assert.Equal(pair.First.Labels, pair.Second.Labels));
        Assert.Equal(
            Sweeps.Plan(ImportedSweeps.OfPhantom).Folds.Select(fold => fold.SplitDigest),
            Sweeps.Plan(ImportedSweeps.OfPicai).Folds.Select(fold => fold.SplitDigest));

        RunResult[] own = Sweeps.Results(ImportedSweeps.OfPhantom);
        RunResult[] other = Sweeps.Results(ImportedSweeps.OfPicai);

        Assert.Equal(own.SelectMany(Expert), other.SelectMany(Expert));
        Assert.Equal(own.Select(result => result.Scores.Selection.Count), other.Select(result => result.Scores.Selection.Count));
    }

    /// <summary>Neither the store with its keys, logs and reports, nor a page, nor a cohort or picture of it, nor a terminal has any.</summary>
    [Fact]
    public void TextOfHeadersAndTables_OfImportedFiles_IsNowhere()
    {
        string[] every = [.. PlantedText.All, PlantedText.Folder];
        string[] files =
        [
            .. Files(Sweeps.Data), .. Files(Sweeps.Under(ImportedSweeps.OfPicai)), .. Files(Sweeps.Under(ImportedSweeps.OfNnUnet)),
            Sweeps.Under("check.html"), Sweeps.Under("sheet.html"), Sweeps.Under("sheet.png"),
        ];
        IEnumerable<string> found =
        [
            .. from path in files from text in PlantedText.FoundIn(NameAndContent(path), every) select $"{text} in {path}",
            .. from answer in Sweeps.Answers from text in PlantedText.FoundIn(answer.Value, every) select $"{text} at {answer.Key}",
            .. PlantedText.FoundIn(Encoding.UTF8.GetBytes(Sweeps.Said), PlantedText.All).Select(text => $"{text} on the terminal"),
        ];
        Assert.Empty(found);
    }

    /// <summary>What is looked for is there before the import, and a cohort's own ids are found by the same search where they may be.</summary>
    [Fact]
    public void TextOfHeadersAndTables_BeforeTheImport_IsFoundInTheFiles()
    {
        string[] files = Files(Sweeps.Under(PlantedText.Folder));
        IEnumerable<string> readable = files.Where(path => !path.EndsWith(".gz", StringComparison.Ordinal))
            .SelectMany(path => PlantedText.FoundIn(NameAndContent(path), PlantedText.All));
        Assert.Equal(15, readable.Distinct().Count());
        Assert.Contains(Files(Sweeps.Data), path => PlantedText.FoundIn(File.ReadAllBytes(path), [Known]).Any());
        Assert.Contains(Sweeps.Answers, answer => PlantedText.FoundIn(answer.Value, [Known]).Any());
    }

    /// <summary>The ids of patients, which pages and results have, are in no metric and no line of the server's log.</summary>
    [Fact]
    public void Ids_OfPatients_AreInNoMetricAndNoLog()
    {
        string[] ids = [.. Sweeps.Manifest(ImportedSweeps.OfPicai).Patients.Select(patient => patient.Id)];
        Assert.Contains("advseg", Encoding.UTF8.GetString(Sweeps.Answers["/metrics"]), StringComparison.Ordinal);
        Assert.Empty(PlantedText.FoundIn(Sweeps.Answers["/metrics"], ids));
        Assert.Empty(PlantedText.FoundIn(File.ReadAllBytes(Path.Combine(Sweeps.Data, "advseg.log")), ids));
    }

    private static byte[] NameAndContent(string path) => [.. Encoding.UTF8.GetBytes(path), .. File.ReadAllBytes(path)];

    private static string[] Files(string folder) => Directory.GetFiles(folder, "*", SearchOption.AllDirectories);

    /// <summary>The expert's tumour and zones of every slice, pixels.</summary>
    private static IEnumerable<string> Expert(RunResult result) =>
        from patient in result.Scores.HeldOut
        from slice in patient.Slices
        select $"{patient.Patient} {slice.Slice}: {Pixels(slice.Tumour)} {Pixels(slice.PeripheralZone!)} {Pixels(slice.TransitionZone!)}";

    private static long Pixels(Confusion counts) => counts.TruePositive + counts.FalseNegative;
}
