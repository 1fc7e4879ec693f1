using AdvSeg.Core.Specs;

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
    /// Equation 2, L_mce, over B x 4 x H x W logits and B x H x W int64 classes. On a GPU the mean is taken apart: the kernel that takes it too adds
    /// pixels in any order, and libtorch, asked for equal bits, warns at every call.
    /// </summary>
    public static Tensor CrossEntropy(Tensor logits, Tensor classes) => logits.is_cuda
        ? functional.cross_entropy(logits, classes, reduction: Reduction.None).mean()
        : functional.cross_entropy(logits, classes);

    /// <summary>Equation 3, L_D, of D's logits for expert maps and for S's maps.</summary>
    public static Tensor Discriminator(Tensor expert, Tensor generated) =>
        functional.softplus(-expert).mean() + functional.softplus(generated).mean();

    /// <summary>Equation 4, L_S: the non-saturating loss.</summary>
    public static Tensor NonSaturating(Tensor generated) => functional.softplus(-generated).mean();

    /// <summary>Equation 1 as S sees it: -L_D without its first term, which does not depend on S. At most 0.</summary>
    public static Tensor Minimax(Tensor generated) => -functional.softplus(generated).mean();

    /// <summary>
    /// 1 minus the mean over tumour, peripheral zone and transition zone of (2 sum(p t) + s) / (sum(p) + sum(t) + s): p the softmax of
    /// B x 4 x H x W logits, t 1 where B x H x W int64 classes say so, sums over all pixels of the batch, s = 1e-5. As nnU-Net's 2D default has
    /// it (batch Dice, no background, the same s); it leaves out the 1, which has no gradient. A class that the batch lacks pulls p to 0.
    /// </summary>
    public static Tensor SoftDice(Tensor logits, Tensor classes)
    {
        const int Foreground = 1;
        long count = logits.shape[1] - Foreground;
        Tensor p_BCHW = logits.softmax(1).narrow(1, Foreground, count);
        Tensor t_BCHW = classes.unsqueeze(1).eq(arange(Foreground, Foreground + count, int64, classes.device).view(1, count, 1, 1)).to(p_BCHW.dtype);
        long[] pixels = [0, 2, 3];
        Tensor overlap_C = (p_BCHW * t_BCHW).sum(pixels);
        Tensor dice_C = ((2 * overlap_C) + DiceSmoothing) / (p_BCHW.sum(pixels) + t_BCHW.sum(pixels) + DiceSmoothing);
        return 1 - dice_C.mean();
    }

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
        return scheme.Loss.Select(part => part.Weight == 1 ? Of(part.Term) : part.Weight * Of(part.Term)).Aggregate((sum, part) => sum + part);
    }
}
