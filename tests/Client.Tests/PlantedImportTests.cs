using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Imports;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.Client.Tests;

/// <summary>What an import takes of files that name a person; <see cref="ImportedSweepTests"/> goes on from there.</summary>
public sealed class PlantedImportTests : IDisposable
{
    /// <summary>Of pixels of 3 mm, which NIfTI's single precision holds exactly as MetaImage's decimals do.</summary>
    private const int Size = 32;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Both layouts of the same patients give the same files of patients, and none of the texts.</summary>
    [Fact]
    public void Import_OfFilesThatNameAPerson_TakesTheVoxelsAlone()
    {
        var rendered = Phantom.Render(new PhantomCohort(Aggressive: 2, LesionFree: 1, Size, Seed: 3));
        string files = _folder.Under(PlantedText.Folder);
        CohortExport.Picai(Path.Combine(files, "picai"), Phantom.SpacingOf(Size), rendered.Patients);
        CohortExport.NnUnet(Path.Combine(files, "Dataset001_prostate"), Phantom.SpacingOf(Size), rendered.Patients);
        PlantedText.Into(files);

        CohortManifest picai = Import(
            "a", PicaiFolder.Find(Path.Combine(files, "picai/images"), Path.Combine(files, "picai/picai_labels"), "Yuan23", LesionSource.Human));
        CohortManifest nnUnet = Import(
            "b",
            NnUnetFolder.Find(
                Path.Combine(files, "Dataset001_prostate"), ["T2w", "ADC", "b1500"], ["tumour", "peripheral-zone", "transition-zone"],
                PatientNames.Whole));

        Assert.Equal(picai.Patients, nnUnet.Patients);
        string[] made = [.. Directory.GetFiles(_folder.Under("a"), "*", SearchOption.AllDirectories), _folder.Under("b/manifest.json")];
        Assert.Empty(made.SelectMany(path => PlantedText.FoundIn(File.ReadAllBytes(path), [.. PlantedText.All, PlantedText.Folder])));
    }

    private CohortManifest Import(string name, FoundStudies found) => CohortImport.Run(
        _folder.Under(name), found, new ImportSettings { Spacing = 3, Size = Size, Slices = SliceChoice.All }, 1, leaveOutBad: false, null,
        TestContext.Current.CancellationToken).Manifest;
}
