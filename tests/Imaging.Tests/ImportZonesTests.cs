using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Imports;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>Zones that two have drawn are compared when either's are imported.</summary>
public sealed class ImportZonesTests : IDisposable
{
    private const int Pixels = 40;
    private static readonly Cohort Rendered = Phantom.Render(new PhantomCohort(2, 2, Pixels, 7));

    private static readonly ImportSettings AsRendered =
        new() { Spacing = Phantom.SpacingOf(Pixels).Pixel, Size = Pixels, Slices = SliceChoice.All };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Half has every second voxel, so that by definition the DSC is 2 |half| / (|half| + |whole|).</summary>
    [Theory]
    [InlineData("the same", null)]
    [InlineData("half", "overlap with a DSC of 0.")]
    [InlineData("nothing", "overlap with a DSC of 0.000, below 0.85")]
    [InlineData("damaged", "its zones were not compared with another's: ")]
    public void Zones_ThatTwoDrewDifferently_AreNamed(string how, string? expected)
    {
        CohortExport.Picai(_folder.Path, Phantom.SpacingOf(Pixels), Rendered.Patients);
        string labels = _folder.Under("picai_labels", PicaiFolder.Zones);
        string yuan = Directory.GetFiles(Path.Combine(labels, "Yuan23")).Order(StringComparer.Ordinal).First();
        string other = Path.Combine(Directory.CreateDirectory(Path.Combine(labels, "HeviAI23")).FullName, Path.GetFileName(yuan));
        Volume zones = VolumeFile.Read(yuan);
        byte[] values = [.. zones.Values().Select((value, i) => (byte)(how == "nothing" || (how == "half" && i % 2 == 0) ? 0 : value))];
        VolumeFile.Write(other, Volume.Of(zones.Geometry, values));
        if (how == "damaged")
        {
            File.WriteAllText(other, "not a volume");
        }

        FoundStudies found = PicaiFolder.Find(_folder.Under("images"), _folder.Under("picai_labels"), "Yuan23", LesionSource.Human);
        ImportResult result = CohortImport.Run(
            _folder.Under("cohort"), found, AsRendered, workers: 2, leaveOutBad: false, null, TestContext.Current.CancellationToken);

        string[] said = [.. result.Warnings.Where(warning => warning.Contains("HeviAI23", StringComparison.Ordinal))];
        Assert.Equal(expected is null ? 0 : 1, said.Length);
        Assert.All(said, warning => Assert.Contains(expected!, warning, StringComparison.Ordinal));
        if (how == "half")
        {
            double both = values.Count(value => value != 0);
            double dice = 2 * both / (both + zones.Values().Count(value => value != 0));
            Assert.Contains(FormattableString.Invariant($"a DSC of {dice:0.000}, below 0.85"), said[0], StringComparison.Ordinal);
        }
    }
}
