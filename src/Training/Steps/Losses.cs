using AdvSeg.Core.Specs;
using AdvSeg.Training.Native;

using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AdvSeg.Training.Steps;

/// <summary>
/// The losses of Kohl et al. 2017 on logits: with D = sigmoid(z), -log D = softplus(-z) and -log(1 - D) = softplus(z), which stay finite
/// where log(sigmoid(z)) does not. Each returns a scalar, the mean over the batch.
/// </summary>
public static class Losses
{
    private const double DiceSmoothing = 1e-5;

    /// <summary>
    /// Equation 2, L_mce, over B x classes x H x W logits and B x H x W int64 classes. On a GPU the mean is taken separately: the kernel that takes
    /// it as well adds pixels in any order, and libtorch, asked for equal bits, warns at every call.
    /// </summary>
    public static Tensor CrossEntropy(Tensor logits, Tensor classes) => logits.is_cuda
        ? functional.cross_entropy(logits, classes, reduction: Reduction.None).mean()
        : functional.cross_entropy(logits, classes);

    /// <summary>Equation 3, L_D, of D's logits for expert maps and for S's maps.</summary>
    public static Tensor Discriminator(Tensor expert, Tensor generated) =>
        SoftplusKernel.Of(-expert).mean().add(SoftplusKernel.Of(generated).mean(), Numbers.Of(1L));

    /// <summary>Equation 4, L_S: the non-saturating loss.</summary>
    public static Tensor NonSaturating(Tensor generated) => SoftplusKernel.Of(-generated).mean();

    /// <summary>Equation 1 as S sees it: -L_D without its first term, which does not depend on S. At most 0.</summary>
    public static Tensor Minimax(Tensor generated) => -SoftplusKernel.Of(generated).mean();

    /// <summary>
    /// 1 minus the mean over all classes but background of (2 sum(p t) + s) / (sum(p) + sum(t) + s): p the softmax of B x classes x H x W logits,
    /// t 1 where B x H x W int64 classes say so, sums over all pixels of the batch, s = 1e-5. As nnU-Net's 2D default has
    /// it (batch Dice, no background, the same s); it leaves out the 1, which has no gradient. A class that the batch lacks pulls p to 0.
    /// </summary>
    public static Tensor SoftDice(Tensor logits, Tensor classes)
    {
        const int Foreground = 1;
        long count = logits.shape[1] - Foreground;
        Tensor p_BCHW = logits.softmax(1).narrow(1, Foreground, count);
        Tensor t_BCHW = classes.unsqueeze(1).eq(Foregrounds(Foreground, count, classes.device).view(1, count, 1, 1)).to(p_BCHW.dtype);
        long[] pixels = [0, 2, 3];
        Tensor overlap_C = (p_BCHW * t_BCHW).sum(pixels);
        Tensor sizes_C = p_BCHW.sum(pixels).add(t_BCHW.sum(pixels), Numbers.Of(1L));
        Tensor Smoothed(Tensor x_C) => x_C.add(Numbers.Of(DiceSmoothing), Numbers.Of(1L));
        Tensor dice_C = Smoothed(overlap_C.mul(Numbers.Of(2.0))) / Smoothed(sizes_C);
        return dice_C.mean().neg().add(Numbers.Of(1.0), Numbers.Of(1L));
    }

    private static Tensor Foregrounds(long first, long count, Device device) =>
        arange(Numbers.Of(first), Numbers.Of(first + count), Numbers.Of(1L), int64, device);

    /// <summary>What S minimises under a scheme.</summary>
    /// <param name="scheme">The scheme.</param>
    /// <param name="logits">S's output.</param>
    /// <param name="classes">The expert's classes.</param>
    /// <param name="judge">D's logits of S's softmax maps; called only by schemes that have a D.</param>
    public static Tensor Segmentor(SchemeSpec scheme, Tensor logits, Tensor classes, Func<Tensor, Tensor> judge)
    {
        Tensor Of(LossTerm term) => term switch
        {
            LossTerm.CrossEntropy => CrossEntropy(logits, classes),
            LossTerm.NonSaturating => NonSaturating(judge(logits)),
            LossTerm.Minimax => Minimax(judge(logits)),
            LossTerm.SoftDice => SoftDice(logits, classes),
        };
        return scheme.Loss.Select(part => part.Weight == 1 ? Of(part.Term) : Of(part.Term).mul(Numbers.Of(part.Weight)))
            .Aggregate((sum, part) => sum.add(part, Numbers.Of(1L)));
    }
}
