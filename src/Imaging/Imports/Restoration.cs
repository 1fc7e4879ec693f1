using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>What one network says of a study.</summary>
/// <param name="Grid">Of the slices it saw.</param>
/// <param name="Classes">Probabilities of each class, x fastest.</param>
public sealed record NetworkMaps(VolumeGeometry Grid, IReadOnlyList<float[]> Classes);

/// <summary>Labels of a study on its own voxels.</summary>
/// <param name="Labels">Values of classes, x fastest.</param>
/// <param name="Probabilities">Of each class; null where they were not asked for.</param>
public sealed record RestoredMaps(byte[] Labels, IReadOnlyList<float[]>? Probabilities);

/// <summary>
/// Brings the maps of networks to the voxels of an image: each class is interpolated, averaged over the networks, and a voxel gets the class with
/// the highest mean. What no network saw is background.
/// </summary>
public static class Restoration
{
    /// <summary>The geometry of the central square of a grid's slices.</summary>
    public static VolumeGeometry Centre(VolumeGeometry grid, int size)
    {
        int margin = (grid.Size.X - size) / 2;
        return grid with { Size = new VolumeSize(size, size, grid.Size.Z), Origin = grid.PointAt(new(margin, margin, 0)) };
    }

    /// <param name="networks">One or several, of equal classes.</param>
    /// <param name="native">Where the labels are wanted.</param>
    /// <param name="keepProbabilities">They are part of the result.</param>
    public static RestoredMaps Onto(IReadOnlyList<NetworkMaps> networks, VolumeGeometry native, bool keepProbabilities)
    {
        var labels = new byte[native.Size.Voxels];
        var best = new float[labels.Length];
        var seen = new float[labels.Length];
        float[] background = [];
        List<float[]> kept = [];
        for (int label = 0; label < networks[0].Classes.Count; label++)
        {
            float[] mean = Mean(networks, label, native);
            for (int i = 0; i < labels.Length; i++)
            {
                seen[i] += mean[i];
                if (mean[i] > best[i])
                {
                    (best[i], labels[i]) = (mean[i], (byte)label);
                }
            }

            background = label == 0 ? [.. mean] : background;
            kept.AddRange(keepProbabilities ? [mean] : []);
        }

        for (int i = 0; i < labels.Length; i++)
        {
            // Networks of smaller crops do not see everything that others see: the rest of their votes is background's.
            float unseen = 1 - Math.Min(1, seen[i]);
            if (kept.Count > 0)
            {
                kept[0][i] += unseen;
            }

            if (labels[i] > 0 && background[i] + unseen >= best[i])
            {
                labels[i] = 0;
            }
        }

        return new RestoredMaps(labels, keepProbabilities ? kept : null);
    }

    private static float[] Mean(IReadOnlyList<NetworkMaps> networks, int label, VolumeGeometry native)
    {
        var sum = new float[native.Size.Voxels];
        foreach (NetworkMaps network in networks)
        {
            double[] values = Resampler.Onto(Volume.Of(network.Grid, network.Classes[label]), native, Interpolation.Trilinear);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += (float)(values[i] / networks.Count);
            }
        }

        return sum;
    }
}
