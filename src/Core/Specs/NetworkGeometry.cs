namespace AdvSeg.Core.Specs;

/// <summary>What follows from the networks' specs: channels and sides of their maps.</summary>
public static class NetworkGeometry
{
    /// <summary>Channels of the segmentor's maps at a level; level 0 has the pixels of the crop.</summary>
    public static int Channels(this SegmentorSpec network, int level) => network.Width << level;

    /// <summary>The side of a crop is a multiple of this: each level but the first halves it.</summary>
    public static int Divisor(this SegmentorSpec network) => 1 << (network.Levels - 1);

    /// <summary>Side of the map that each layer of the discriminator gives, pixels: stride 2 with padding 1 halves a side and rounds up.</summary>
    public static IEnumerable<int> Sides(this DiscriminatorSpec network, int cropSize)
    {
        int side = cropSize;
        for (int layer = 0; layer < network.Channels.Count; layer++)
        {
            side = layer == 0 && network.FirstStride == 1 ? side : (side + 1) / 2;
            yield return side;
        }
    }

    /// <summary>InstanceNorm follows this layer of the discriminator.</summary>
    public static bool IsNormalized(this DiscriminatorSpec network, int layer) =>
        network.Norm == DiscriminatorNorm.Middle && layer > 0 && layer < network.Channels.Count - 1;
}
