using AdvSeg.Core.Draws;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Native;

using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace AdvSeg.Training.Data;

/// <summary>One sample's mirror, rotation and shift.</summary>
/// <param name="Angle">Radians.</param>
/// <param name="ShiftX">To the left, pixels.</param>
/// <param name="ShiftY">Up, pixels.</param>
/// <param name="Mirrored">Left and right swapped.</param>
internal readonly record struct AffineDraw(double Angle, double ShiftX, double ShiftY, bool Mirrored)
{
    /// <summary>Draws every parameter even where the spec switches it off, so that a switch changes no other draw.</summary>
    public static AffineDraw Next(AugmentationSpec spec, ref PhiloxSequence draws)
    {
        double angle = draws.Uniform(-spec.RotationRadians, spec.RotationRadians);
        double x = draws.Uniform(-spec.ShiftPixels, spec.ShiftPixels);
        double y = draws.Uniform(-spec.ShiftPixels, spec.ShiftPixels);
        return new AffineDraw(angle, x, y, draws.NextDouble() < 0.5 && spec.Mirror);
    }

    /// <summary>The 2 x 3 map from output to input positions, in units of half an image side.</summary>
    public void WriteTo(Span<float> theta, int size)
    {
        (double sin, double cos) = Math.SinCos(Angle);
        double mirror = Mirrored ? -1 : 1;
        double pixel = 2.0 / size;
        theta[0] = (float)(cos * mirror);
        theta[1] = (float)-sin;
        theta[2] = (float)(ShiftX * pixel);
        theta[3] = (float)(sin * mirror);
        theta[4] = (float)cos;
        theta[5] = (float)(ShiftY * pixel);
    }
}

/// <summary>All of a batch's augmentation in one affine resampling.</summary>
internal static class Augmentation
{
    /// <summary>Bilinear images padded by their border; nearest labels padded with background, class 0.</summary>
    /// <param name="images">B x channels x H x W float32.</param>
    /// <param name="labels">B x 1 x H x W uint8.</param>
    /// <param name="draws">B of them.</param>
    /// <returns>Images of the same shape; classes, B x H x W int64.</returns>
    public static (Tensor Images, Tensor Classes) Apply(Tensor images, Tensor labels, ReadOnlySpan<AffineDraw> draws) =>
        Apply(images, labels, TensorData.FromFloats(Maps(draws, (int)images.shape[3]), [draws.Length, 2, 3], images.device));

    /// <summary>The maps of the draws, one after another: B x 2 x 3.</summary>
    public static float[] Maps(ReadOnlySpan<AffineDraw> draws, int size)
    {
        var theta = new float[draws.Length * 6];
        for (int i = 0; i < draws.Length; i++)
        {
            draws[i].WriteTo(theta.AsSpan(6 * i, 6), size);
        }

        return theta;
    }

    /// <param name="images">B x channels x H x W float32.</param>
    /// <param name="labels">B x 1 x H x W uint8.</param>
    /// <param name="map_B23">B x 2 x 3 float32, on their device.</param>
    /// <inheritdoc cref="Apply(Tensor, Tensor, ReadOnlySpan{AffineDraw})"/>
    public static (Tensor Images, Tensor Classes) Apply(Tensor images, Tensor labels, Tensor map_B23)
    {
        int size = (int)images.shape[3];
        Tensor grid_BHW2 = affine_grid(map_B23, [map_B23.shape[0], 1, size, size], align_corners: false);
        Tensor moved_BCHW = grid_sample(images, grid_BHW2, GridSampleMode.Bilinear, GridSamplePaddingMode.Border, align_corners: false);
        Tensor labels_B1HW = grid_sample(
            labels.to(float32), grid_BHW2, GridSampleMode.Nearest, GridSamplePaddingMode.Zeros, align_corners: false);
        return (moved_BCHW, labels_B1HW.squeeze(1).to(int64));
    }
}
