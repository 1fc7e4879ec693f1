using AdvSeg.Client.Tests.Compatibility;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Store;
using AdvSeg.Imaging.Cohorts;

namespace AdvSeg.Client.Tests;

public class ImportCommandTests
{
    private const string Small = "--aggressive 2 --lesion-free 1 --size 40 --seed 0";

    [Theory]
    [InlineData("mha", "picai --images files/images --labels files/picai_labels", "")]
    [InlineData("nifti", "nnunet files", "The dataset's splits are not kept: ")]
    public async Task Phantom_WrittenAsFilesAndImported_IsACohort(string format, string import, string said)
    {
        using var folder = new TempFolder();

        CommandResult written = await RunAsync(folder, $"cohort phantom --out files --format {format} {Small}");
        await File.WriteAllTextAsync(folder.Under("files/splits_final.json"), "[]", TestContext.Current.CancellationToken);
        CommandResult imported = await RunAsync(folder, $"cohort import {import} --spacing 2.4 --size 40 --slices all --out cohort");
        CommandResult validated = await RunAsync(folder, "cohort validate cohort --crop 8 --html check.html");
        CommandResult shown = await RunAsync(folder, "cohort show cohort --png sheet.png --html sheet.html");

        Assert.Equal(0, written.ExitCode);
        Assert.Empty(written.Out);
        Assert.Contains("cohort import", written.Error, StringComparison.Ordinal);
        Assert.Equal(0, imported.ExitCode);
        Assert.Matches("^[0-9a-f]{64}\n$", imported.Out);
        Assert.Equal(imported.Out, validated.Out);
        Assert.Contains(said, imported.Error, StringComparison.Ordinal);
        Assert.Contains("Imported 3 patients (2 with tumour", imported.Error, StringComparison.Ordinal);
        Assert.Contains("Warning (outside-crop), A", validated.Error, StringComparison.Ordinal);
        Assert.Equal(0, shown.ExitCode);
        Assert.Equal(2, Pictures(folder, "check.html"));
        Assert.Equal(3, Pictures(folder, "sheet.html"));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], File.ReadAllBytes(folder.Under("sheet.png"))[..4]);
    }

    /// <summary>The folder and the server's store hold one cohort; another import of the same files sends nothing again.</summary>
    [Fact]
    [Trait("Category", "EndToEnd")]
    public async Task Import_WithAServer_BringsTheCohortIntoItsStore()
    {
        using var folder = new TempFolder();
        await RunAsync(folder, $"cohort phantom --out files --format nifti {Small}");
        await using Server server = await Server.StartAsync(folder.Under("data"));
        string import = $"cohort import nnunet files --spacing 2.4 --size 40 --slices all --server {server.Address} --out";

        CommandResult first = await RunAsync(folder, $"{import} cohort");
        CommandResult second = await RunAsync(folder, $"{import} again");

        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        string digest = first.Out.Trim();
        Assert.Equal(digest, second.Out.Trim());
        Assert.Contains("Uploading 3 patients of", first.Error, StringComparison.Ordinal);
        Assert.Contains($"The server has it. A sweep names it with 'cohort: {{stored: {digest}}}'.", first.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Uploading", second.Error, StringComparison.Ordinal);
        CohortManifest manifest = CohortFolder.ReadManifest(folder.Under("cohort"));
        string stored = folder.Under("data", Path.GetDirectoryName(ArtifactKeys.CohortManifest(digest).Value)!);
        Assert.Equal(manifest.ComputeDigest(), CohortFolder.ReadManifest(stored).ComputeDigest());
        Assert.All(manifest.Patients, patient => Assert.Equal(
            File.ReadAllBytes(Path.Combine(folder.Under("cohort"), patient.File)), File.ReadAllBytes(Path.Combine(stored, patient.File))));
    }

    /// <summary>An address is wrong before the first patient is read, not after the last.</summary>
    [Fact]
    public async Task Import_WithAnAddressThatIsNone_IsRefusedBeforeItReadsAnything()
    {
        using var folder = new TempFolder();
        await RunAsync(folder, $"cohort phantom --out files --format nifti {Small}");

        CommandResult result = await RunAsync(folder, "cohort import nnunet files --spacing 2.4 --size 40 --server ftp://x --out cohort");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("ftp://x", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Under("cohort")));
    }

    [Theory]
    [InlineData("picai --images gone --labels gone --out cohort", 65, "gone/clinical_information/marksheet.csv is not there")]
    [InlineData("picai --images gone --labels gone --out cohort --zones some", 65, "Zones 'some' cannot be imported; use Yuan23 or HeviAI23, or")]
    [InlineData("picai --images gone --labels gone --out cohort --channels adc,t2w", 65, "masks lie on the grid of t2w; name it first")]
    [InlineData("nnunet gone --out cohort", 65, "gone/dataset.json is not there")]
    [InlineData("nnunet gone --out cohort --slices some", 2, "--slices is 'some'; use paper or gland or all")]
    public async Task Import_OfWhatIsNotThere_SaysSoInOneLine(string command, int exitCode, string expected)
    {
        using var folder = new TempFolder();
        CommandResult result = await RunAsync(folder, $"cohort import {command}");
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Under("cohort")));
    }

    private static int Pictures(TempFolder folder, string page) =>
        File.ReadAllText(folder.Under(page)).Split("<img ", StringSplitOptions.None).Length - 1;

    private static Task<CommandResult> RunAsync(TempFolder folder, string command) =>
        AdvSegProcess.RunInAsync(folder.Path, command.Split(' '));
}
