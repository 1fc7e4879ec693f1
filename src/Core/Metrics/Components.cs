namespace AdvSeg.Core.Metrics;

/// <summary>Parts of a set of voxels in a volume of slices x size x size, joined by faces, edges or corners.</summary>
internal static class Components
{
    /// <summary>Neighbours that share a face, an edge or a corner.</summary>
    public static IReadOnlyList<(int Z, int Y, int X)> Corners { get; } =
    [
        .. from z in (int[])[-1, 0, 1] from y in (int[])[-1, 0, 1] from x in (int[])[-1, 0, 1] where (z, y, x) != (0, 0, 0) select (z, y, x),
    ];

    /// <summary>Each part's voxels, parts in the order of their first voxel.</summary>
    /// <param name="inside">The voxels of the set; all false afterwards.</param>
    /// <param name="size">Height and width of the slices.</param>
    public static List<int[]> Of(Span<bool> inside, int size)
    {
        List<int[]> parts = [];
        List<int> part = [];
        for (int start = 0; start < inside.Length; start++)
        {
            if (!inside[start])
            {
                continue;
            }

            part.Clear();
            part.Add(start);
            inside[start] = false;
            for (int next = 0; next < part.Count; next++)
            {
                foreach ((int z, int y, int x) in Corners)
                {
                    int neighbour = Neighbour(part[next], inside.Length, size, z, y, x);
                    if (neighbour >= 0 && inside[neighbour])
                    {
                        inside[neighbour] = false;
                        part.Add(neighbour);
                    }
                }
            }

            parts.Add([.. part]);
        }

        return parts;
    }

    /// <summary>Parts of the voxels of one value.</summary>
    public static List<int[]> OfValue(ReadOnlySpan<byte> labels, byte value, int size)
    {
        var inside = new bool[labels.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            inside[i] = labels[i] == value;
        }

        return Of(inside, size);
    }

    /// <summary>The voxel beside another; -1 outside the volume.</summary>
    public static int Neighbour(int voxel, int voxels, int size, int z, int y, int x)
    {
        int column = (voxel % size) + x;
        int row = (voxel / size % size) + y;
        int there = voxel + (((z * size) + y) * size) + x;
        return column < 0 || column >= size || row < 0 || row >= size || there < 0 || there >= voxels ? -1 : there;
    }
}
