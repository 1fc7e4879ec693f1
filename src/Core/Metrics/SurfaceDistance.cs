using AdvSeg.Core.Statistics;

namespace AdvSeg.Core.Metrics;

/// <summary>
/// Distances between the surfaces of two segmentations of one volume, in mm between the middles of voxels. A surface is what an erosion with
/// the 6-neighbourhood takes away: the voxels with a neighbour outside the segmentation or outside the volume.
/// </summary>
internal static class SurfaceDistance
{
    /// <summary>
    /// HD95 of the tumour: the 95th percentile (linear between order statistics) of the distances from each surface voxel to the nearest one
    /// of the other surface, for both directions, and the larger of the two: MONAI's definition and that of Maier-Hein et al. 2024,
    /// while medpy takes one percentile over both directions together. Null when either segmentation is empty.
    /// </summary>
    public static double? Percentile95(PatientLabels labels) => Between(labels) is not { } found ? null
        : Math.Max(Descriptive.Quantile(found.There, 0.95), Descriptive.Quantile(found.Back, 0.95));

    /// <summary>
    /// ASSD of the tumour: the mean of the distances of both directions together, as Maier-Hein et al. 2024 define it, while medpy takes the mean
    /// of the two directions' means. Null when either segmentation is empty.
    /// </summary>
    public static double? Average(PatientLabels labels) =>
        Between(labels) is not { } found ? null : Descriptive.Mean([.. found.There, .. found.Back]);

    /// <summary>From each surface voxel of S's tumour to the nearest one of the expert's, and back.</summary>
    private static (double[] There, double[] Back)? Between(PatientLabels labels)
    {
        if (!labels.Predicted.Span.Contains(PatientLabels.Tumour) || !labels.HasExpertTumour)
        {
            return null;
        }

        Box box = new(labels);
        (int[] predicted, int[] expert) = (box.Surface(labels.Predicted.Span), box.Surface(labels.Expert.Span));
        return (Distances(box, predicted, expert), Distances(box, expert, predicted));
    }

    private static double[] Distances(Box box, int[] from, int[] to)
    {
        double[] squares = box.SquaredDistances(to);
        return [.. from.Select(voxel => Math.Sqrt(squares[voxel]))];
    }

    /// <summary>The smallest part of the volume that holds both segmentations: no distance between them leaves it.</summary>
    private sealed class Box
    {
        private readonly int[] _first = [int.MaxValue, int.MaxValue, int.MaxValue];
        private readonly int[] _last = [-1, -1, -1];
        private readonly int[] _count;
        private readonly int _size;
        private readonly double[] _spacing;

        public Box(PatientLabels labels)
        {
            _size = labels.Size;
            _spacing = [labels.Spacing.Slice, labels.Spacing.Pixel, labels.Spacing.Pixel];
            Include(labels.Predicted.Span);
            Include(labels.Expert.Span);
            _count = [.. _first.Zip(_last, (low, high) => high - low + 1)];
        }

        private int Voxels => _count[0] * _count[1] * _count[2];

        /// <summary>Surface voxels by their index in the box; outside the box nothing is segmented.</summary>
        public int[] Surface(ReadOnlySpan<byte> labels)
        {
            List<int> surface = [];
            int voxel = 0;
            for (int slice = 0; slice < _count[0]; slice++)
            {
                for (int row = 0; row < _count[1]; row++)
                {
                    for (int column = 0; column < _count[2]; column++, voxel++)
                    {
                        if (Holds(labels, slice, row, column) && !IsInside(labels, slice, row, column))
                        {
                            surface.Add(voxel);
                        }
                    }
                }
            }

            return [.. surface];
        }

        private bool IsInside(ReadOnlySpan<byte> labels, int z, int y, int x) =>
            Holds(labels, z - 1, y, x) && Holds(labels, z + 1, y, x) && Holds(labels, z, y - 1, x)
            && Holds(labels, z, y + 1, x) && Holds(labels, z, y, x - 1) && Holds(labels, z, y, x + 1);

        private bool Holds(ReadOnlySpan<byte> labels, int z, int y, int x) =>
            z >= 0 && z < _count[0] && y >= 0 && y < _count[1] && x >= 0 && x < _count[2]
            && labels[((((_first[0] + z) * _size) + _first[1] + y) * _size) + _first[2] + x] == PatientLabels.Tumour;

        private void Include(ReadOnlySpan<byte> labels)
        {
            for (int line = 0; line * _size < labels.Length; line++)
            {
                ReadOnlySpan<byte> row = labels.Slice(line * _size, _size);
                if (row.IndexOf(PatientLabels.Tumour) is >= 0 and var left)
                {
                    Include(0, line / _size, line / _size);
                    Include(1, line % _size, line % _size);
                    Include(2, left, row.LastIndexOf(PatientLabels.Tumour));
                }
            }
        }

        private void Include(int axis, int low, int high) =>
            (_first[axis], _last[axis]) = (Math.Min(_first[axis], low), Math.Max(_last[axis], high));

        /// <summary>
        /// The squared Euclidean distance of every voxel to the nearest of some, mm^2, exact: axis by axis the lower envelope of parabolas
        /// (Felzenszwalb and Huttenlocher 2012).
        /// </summary>
        public double[] SquaredDistances(int[] voxels)
        {
            var squares = new double[Voxels];
            Array.Fill(squares, double.PositiveInfinity);
            foreach (int voxel in voxels)
            {
                squares[voxel] = 0;
            }

            int step = 1;
            for (int axis = 2; axis >= 0; axis--)
            {
                var line = new Line(_count[axis], _spacing[axis]);
                for (int start = 0; start < Voxels; start++)
                {
                    if (start / step % _count[axis] == 0)
                    {
                        line.Transform(squares, start, step);
                    }
                }

                step *= _count[axis];
            }

            return squares;
        }
    }

    /// <summary>One line of voxels along an axis.</summary>
    private sealed class Line(int count, double spacing)
    {
        private readonly double[] _values = new double[count];
        private readonly int[] _sites = new int[count];
        private readonly double[] _starts = new double[count];

        /// <summary>Each value becomes the smallest sum of a value of the line and the squared distance to its voxel.</summary>
        public void Transform(double[] squares, int start, int step)
        {
            int last = -1;
            for (int i = 0; i < count; i++)
            {
                _values[i] = squares[start + (i * step)];
                if (double.IsFinite(_values[i]))
                {
                    double from = double.NegativeInfinity;
                    while (last >= 0 && (from = Meeting(_sites[last], i)) <= _starts[last])
                    {
                        last--;
                    }

                    last++;
                    (_sites[last], _starts[last]) = (i, last == 0 ? double.NegativeInfinity : from);
                }
            }

            for (int i = 0, site = 0; last >= 0 && i < count; i++)
            {
                while (site < last && _starts[site + 1] < i)
                {
                    site++;
                }

                double distance = spacing * (i - _sites[site]);
                squares[start + (i * step)] = (distance * distance) + _values[_sites[site]];
            }
        }

        /// <summary>Where the later voxel's parabola falls below the earlier one's.</summary>
        private double Meeting(int earlier, int later) =>
            ((earlier + later) / 2.0) + ((_values[later] - _values[earlier]) / (2 * spacing * spacing * (later - earlier)));
    }
}
