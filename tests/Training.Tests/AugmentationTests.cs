using AdvSeg.Core.Draws;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;

using static TorchSharp.torch;

namespace AdvSeg.Training.Tests;

/// <summary>Resampling against array operations: labels exactly, images within the rounding of the sampling grid.</summary>
public sealed class AugmentationTests
{
    private const int Size = Small.Size;

    public static TheoryData<string> Cases => ["identity", "mirror", "quarter turn", "shift", "mirrored quarter turn"];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Augmentation_ByAnExactMotion_IsThePermutationOfPixels(string motion)
    {
        (AffineDraw draw, Func<int, int, (int X, int Y)> source) = motion switch
        {
            "identity" => (default(AffineDraw), (Func<int, int, (int, int)>)((x, y) => (x, y))),
            "mirror" => (new AffineDraw(0, 0, 0, true), (x, y) => (Size - 1 - x, y)),
            "quarter turn" => (new AffineDraw(Math.PI / 2, 0, 0, false), (x, y) => (Size - 1 - y, x)),
            "shift" => (new AffineDraw(0, 3, -2, false), (x, y) => (x + 3, y - 2)),
            _ => (new AffineDraw(Math.PI / 2, 0, 0, true), (x, y) => (Size - 1 - y, Size - 1 - x)),
        };
        using var scope = NewDisposeScope();
        using var cohort = new DisposableTensors();
        Tensor images = cohort.Tensors.Images.narrow(0, 0, 1);

        (Tensor moved, Tensor classes) = Augmentation.Apply(images, cohort.Tensors.Labels.narrow(0, 0, 1), [draw]);

        float[] pixels = [.. moved.data<float>()];
        long[] labels = [.. classes.data<long>()];
        for (int i = 0; i < Size * Size; i++)
        {
            (int x, int y) = source(i % Size, i / Size);
            bool inside = x is >= 0 and < Size && y is >= 0 and < Size;
            int at = (Math.Clamp(y, 0, Size - 1) * Size) + Math.Clamp(x, 0, Size - 1);
            Assert.Equal(inside ? Small.Cohort.Patients[0].Labels[at] : 0, labels[i]);
            for (int channel = 0; channel < 3; channel++)
            {
                int plane = channel * Size * Size;
                Assert.Equal(Small.Cohort.Patients[0].Images[plane + at], pixels[plane + i], tolerance: 1e-4);
            }
        }
    }

    public static TheoryData<int> Motions => [.. Enumerable.Range(0, ScipyMotions.Pinned.Moved.Length)];

    /// <summary>SciPy computes in double precision, the sampling grid in single: 13 pixels leave 1e-6 of a pixel.</summary>
    [Theory]
    [MemberData(nameof(Motions))]
    public void Augmentation_ByADrawnMotion_EqualsScipysResampling(int index)
    {
        (int size, ScipyMotion expected) = (ScipyMotions.Pinned.Size, ScipyMotions.Pinned.Moved[index]);
        using var scope = NewDisposeScope();
        Tensor image = TensorData.FromFloats(ScipyMotions.Pinned.Image, [1, 1, size, size], CPU);
        Tensor labels = TensorData.FromBytes(ScipyMotions.Pinned.LabelBytes(), [1, 1, size, size], ScalarType.Byte, CPU);

        (Tensor moved, Tensor classes) =
            Augmentation.Apply(image, labels, [new(expected.Angle, expected.ShiftX, expected.ShiftY, expected.Mirrored)]);

        Assert.Equal(expected.Labels, classes.data<long>().Select(c => (int)c));
        Assert.All(expected.Image.Zip(moved.data<float>()), pair => Assert.Equal(pair.First, pair.Second, tolerance: 1e-5));
    }

    [Fact]
    public void Draws_OfASpec_StayInItsRangesAndMirrorHalf()
    {
        AugmentationSpec spec = new() { RotationRadians = 0.4, ShiftPixels = 3, Mirror = true };
        PhiloxSequence draws = Philox.At(1, DrawPurpose.SegmentorBatch);
        var drawn = new AffineDraw[4000];
        for (int i = 0; i < drawn.Length; i++)
        {
            drawn[i] = AffineDraw.Next(spec, ref draws);
        }

        Assert.All(drawn, draw => Assert.True(Math.Abs(draw.Angle) <= 0.4 && Math.Abs(draw.ShiftX) <= 3 && Math.Abs(draw.ShiftY) <= 3));
        Assert.Equal(0.16 / 3, drawn.Average(draw => draw.Angle * draw.Angle), tolerance: 0.005);
        Assert.Equal(3, drawn.Average(draw => draw.ShiftX * draw.ShiftX), tolerance: 0.25);
        Assert.Equal(0.5, drawn.Average(draw => draw.Mirrored ? 1.0 : 0), tolerance: 0.04);
    }
}

/// <summary>What SciPy makes of one slice; <c>Reference/augmentation.py</c> made the file.</summary>
public sealed record ScipyMotions(int Size, float[] Image, int[] Labels, ScipyMotion[] Moved)
{
    public static readonly ScipyMotions Pinned = Load();

    public byte[] LabelBytes() => Array.ConvertAll(Labels, label => (byte)label);

    private static ScipyMotions Load()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "Reference", "augmentation.json");
        return CanonicalJson.Read<ScipyMotions>(File.ReadAllBytes(path), path);
    }
}

public sealed record ScipyMotion(double Angle, double ShiftX, double ShiftY, bool Mirrored, double[] Image, int[] Labels);
