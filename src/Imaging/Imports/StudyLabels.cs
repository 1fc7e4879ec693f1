using AdvSeg.Core.Cohorts;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>The label files of a study as one map of classes.</summary>
internal static class StudyLabels
{
    private const double MicrolitresPerMillilitre = 1000;

    /// <summary>Largest change of the tumour's volume when a mask is brought to another grid, as a share of it.</summary>
    private const double MostChange = 0.1;

    /// <summary>Largest share of a tumour's voxels that may lie outside the zones.</summary>
    private const double MostOutsideZones = 0.5;

    /// <summary>Labels on the grid of the T2w image.</summary>
    /// <param name="study">Whose.</param>
    /// <param name="t2w">The image's grid.</param>
    /// <param name="warn">Is told what a data manager should look at.</param>
    /// <returns>Slices x height x width of the T2w image.</returns>
    /// <exception cref="VolumeException">A file cannot be read, or has a value without meaning.</exception>
    public static byte[] Read(StudyFiles study, VolumeGeometry t2w, Action<string> warn)
    {
        var labels = new byte[t2w.Size.Voxels];
        foreach (LabelFile file in study.Labels)
        {
            double[] values = OnTheGrid(study, file, t2w, warn);
            CheckPlace(study, file, values, labels, warn);
            for (int i = 0; i < labels.Length; i++)
            {
                byte found = file.ClassOf(values[i]) ?? throw new VolumeException(
                    file.Path, $"has the label {values[i]}", $"{file.Meaning} are known: map its classes.");
                if (found != (byte)LabelClass.Background && labels[i] != (byte)LabelClass.Tumour)
                {
                    labels[i] = found;
                }
            }

            if (file == study.Labels[0])
            {
                ZoneAgreement.Check(study, labels, t2w, warn);
            }
        }

        return labels;
    }

    /// <summary>
    /// A label whose voxels are those of the image but for its header's rounding takes the image's geometry; any other is brought there by
    /// position.
    /// </summary>
    private static double[] OnTheGrid(StudyFiles study, LabelFile file, VolumeGeometry t2w, Action<string> warn)
    {
        Volume label = StudyPairs.Paired(study, file.Path, VolumeFile.Read(file.Path), t2w, warn);
        double[] values = label.Values();
        if (label.Geometry.IsSameGrid(t2w))
        {
            return values;
        }

        if (!Array.Exists(values, value => value != 0))
        {
            return new double[t2w.Size.Voxels];
        }

        if (label.Geometry.ToMillimetres.Determinant * t2w.ToMillimetres.Determinant < 0)
        {
            warn($"{study.Name}: {file.Path} is mirrored against the {study.First.Channel} image by its header; "
                + "check that its tumour lies where it was drawn");
        }

        warn($"{study.Name}: {file.Path} ({label.Geometry.Size}) is not on the grid of the {study.First.Channel} image ({t2w.Size}); "
            + "resampled by position");
        double[] moved = Resampler.Onto(label, t2w, Interpolation.Nearest);
        CheckTumour(study, file, (label.Geometry, values), (t2w, moved), warn);
        return moved;
    }

    /// <summary>
    /// Warns of a tumour that lies outside the zones for the most part: its mask is of another study, or in another place. A tenth to a fifth is
    /// often drawn outside.
    /// </summary>
    private static void CheckPlace(StudyFiles study, LabelFile file, double[] values, byte[] zones, Action<string> warn)
    {
        if (!zones.AsSpan().ContainsAnyExcept((byte)LabelClass.Background, (byte)LabelClass.Tumour))
        {
            return;
        }

        int[] tumour = [.. Enumerable.Range(0, values.Length).Where(i => file.ClassOf(values[i]) == (byte)LabelClass.Tumour)];
        int outside = tumour.Count(i => zones[i] == (byte)LabelClass.Background);
        if (outside > MostOutsideZones * tumour.Length)
        {
            warn($"{study.Name}: {outside} of {tumour.Length} voxels of tumour in {file.Path} lie outside the zones; "
                + "check that both are of one study");
        }
    }

    private static void CheckTumour(
        StudyFiles study, LabelFile file, (VolumeGeometry Grid, double[] Values) from, (VolumeGeometry Grid, double[] Values) to, Action<string> warn)
    {
        double Millilitres((VolumeGeometry Grid, double[] Values) map) => Math.Abs(map.Grid.ToMillimetres.Determinant) / MicrolitresPerMillilitre
            * map.Values.Count(value => file.ClassOf(value) == (byte)LabelClass.Tumour);
        (double before, double after) = (Millilitres(from), Millilitres(to));
        if (before > 0 && after == 0)
        {
            throw new VolumeException(
                file.Path, $"has {before:0.###} ml of tumour and none at the places of the {study.First.Channel} image's voxels",
                "its header or the image's is wrong: correct it, or leave the study out.");
        }

        if (Math.Abs(after - before) > MostChange * before)
        {
            warn($"{study.Name}: {file.Path} has {before:0.###} ml of tumour, and {after:0.###} ml on the grid of the {study.First.Channel} image");
        }
    }
}
