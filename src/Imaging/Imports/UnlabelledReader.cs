using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Metrics;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>Images of an examination without labels, as a network sees them.</summary>
/// <param name="Volume">All slices, normalised; every label is background.</param>
/// <param name="Grid">Where these slices lie.</param>
/// <param name="Native">The first image's own grid.</param>
public sealed record UnlabelledStudy(CohortVolume Volume, VolumeGeometry Grid, VolumeGeometry Native);

/// <summary>Reads an examination that no cohort holds, exactly as an import reads one of a cohort.</summary>
public static class UnlabelledReader
{
    /// <summary>Where the gland is expected: this square around the middle of the image, mm, in the middle third of its slices.</summary>
    private const double MiddleMillimetres = 40;

    /// <param name="name">Of the study, for messages.</param>
    /// <param name="images">In the order of the cohort's channels.</param>
    /// <param name="settings">Pixels of the cohort: <see cref="ImportSettings.Spacing"/> and <see cref="ImportSettings.Size"/>.</param>
    /// <param name="warn">Is told what should be looked at.</param>
    /// <param name="sliceMillimetres">From slice to slice of the cohort.</param>
    /// <exception cref="SpecException">
    /// An image cannot be read, is not axial, is constant, is much coarser than the cohort or does not show the middle of the first.
    /// </exception>
    public static UnlabelledStudy Read(
        string name, IReadOnlyList<ChannelFile> images, ImportSettings settings, Action<string> warn,
        double sliceMillimetres = CohortManifest.UsualSliceMillimetres)
    {
        var study = new StudyFiles(name, "", images, [], null) { Gland = [], ShowsZones = false };
        Volume first = VolumeFile.Read(study.First.Path);
        VolumeGeometry grid = StudyGrid.Of(first.Geometry, settings.Checked(), study.First.Path);
        var trained = new VoxelSpacing(sliceMillimetres, settings.Spacing);
        TrainedScale.Check(study, StudyGrid.Axial(first.Geometry), trained, MiddleMillimetres, warn);
        bool[] shown = StudyPairs.Inside(first.Geometry, grid);
        bool[] voxels = [.. Middle(grid).Zip(shown, (isMiddle, isShown) => isMiddle && isShown)];
        var middle = new ExpectedRegion("the middle of the first image", voxels, IsDrawn: false, MustBeReached: true);
        double[][] normalised = StudyReader.Normalised(study, first, grid, middle, warn);
        int[] all = [.. Enumerable.Range(0, grid.Size.Z)];
        CohortVolume volume = StudyReader.Pick(name, normalised, new byte[grid.Size.Voxels], all, grid.Size);
        return new UnlabelledStudy(volume, grid, first.Geometry);
    }

    private static bool[] Middle(VolumeGeometry grid)
    {
        double half = MiddleMillimetres / 2 / grid.Spacing.X;
        double centre = (grid.Size.X - 1) / 2.0;
        var middle = new bool[grid.Size.Voxels];
        for (int i = 0; i < middle.Length; i++)
        {
            int z = i / (int)grid.Size.Plane;
            (int x, int y) = (i % grid.Size.X, i / grid.Size.X % grid.Size.Y);
            middle[i] = z >= grid.Size.Z / 3 && z <= 2 * grid.Size.Z / 3 && Math.Abs(x - centre) <= half && Math.Abs(y - centre) <= half;
        }

        return middle;
    }
}
