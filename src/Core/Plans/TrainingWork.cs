using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Plans;

/// <summary>
/// Multiply-adds of the convolutions, counted from the network specs: what decides the cost of a run on a GPU. Normalisation, activations,
/// augmentation and optimizers are left out; a backward pass counts as two forward passes, one for the weights and one for the input.
/// </summary>
public static class TrainingWork
{
    /// <summary>Floating-point operations of training one run and of predicting the given number of slices with it, two per multiply-add.</summary>
    public static double Operations(VariantSpec variant, long predictedSlices, CohortLayout layout)
    {
        double segmentor = Forward(variant.Segmentor, variant.Protocol.CropSize, layout);
        double perSample = 3 * segmentor;
        if (variant.Scheme.AdversaryOrNull is { } adversary)
        {
            double discriminator = Forward(adversary.Network, variant.Protocol.CropSize, layout);

            // An S step takes its loss through D and back to D's input. A D step asks S for maps, then trains on the expert's and on S's.
            perSample += (2 * discriminator) + (adversary.StepsPerSegmentorStep * (segmentor + (6 * discriminator)));
        }

        return 2 * (((double)variant.Protocol.Steps * variant.Protocol.BatchSize * perSample) + (predictedSlices * segmentor));
    }

    /// <summary>Multiply-adds of S for one slice.</summary>
    public static double Forward(SegmentorSpec spec, int cropSize, CohortLayout layout)
    {
        double sum = 0;
        for (int level = 0; level < spec.Levels; level++)
        {
            (double channels, double pixels) = (spec.Channels(level), Math.Pow(cropSize >> level, 2));
            double repeated = 9 * channels * channels * pixels * (spec.ConvolutionsPerLevel - 1);
            sum += (9 * (level == 0 ? layout.Channels.Count : channels / 2) * channels * pixels) + repeated;
            if (level < spec.Levels - 1)
            {
                double taps = spec.Upsampling == Upsampling.TransposedConvolution ? 1 : 9;
                sum += (taps * 2 * channels * channels * pixels) + (9 * 2 * channels * channels * pixels) + repeated;
            }
        }

        return sum + ((double)spec.Width * layout.Classes.Count * cropSize * cropSize);
    }

    /// <summary>Multiply-adds of D for one slice.</summary>
    public static double Forward(DiscriminatorSpec spec, int cropSize, CohortLayout layout)
    {
        double sum = 0;
        double channels = layout.Planes;
        foreach ((int next, int side) in spec.Channels.Zip(spec.Sides(cropSize)))
        {
            sum += 9.0 * channels * next * side * side;
            channels = next;
        }

        return sum + channels;
    }
}
