using AdvSeg.Training.Steps;

using static TorchSharp.torch;

namespace AdvSeg.Training.Tests;

public sealed class LossesTests
{
    private static readonly double[] Expert = [-2, 0.5, 40];
    private static readonly double[] Generated = [1, -3, -40];

    /// <summary>Equations 1, 3 and 4 as printed, with D = sigmoid(logit) in double precision.</summary>
    [Fact]
    public void AdversarialLosses_OfLogits_AreThePapersEquations()
    {
        using var scope = NewDisposeScope();
        static double D(double logit) => 1 / (1 + Math.Exp(-logit));
        double expertTerm = -Expert.Average(z => Math.Log(D(z)));
        double generatedTerm = -Generated.Average(z => Math.Log(1 - D(z)));

        Assert.Equal(expertTerm + generatedTerm, Losses.Discriminator(tensor(Expert), tensor(Generated)).item<double>(), tolerance: 1e-9);
        Assert.Equal(-Generated.Average(z => Math.Log(D(z))), Losses.NonSaturating(tensor(Generated)).item<double>(), tolerance: 1e-9);
        Assert.Equal(-generatedTerm, Losses.Minimax(tensor(Generated)).item<double>(), tolerance: 1e-9);
    }

    [Fact]
    public void NonSaturatingLoss_OfACertainDiscriminator_StaysFinite()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(1000, Losses.NonSaturating(tensor(new[] { -1000f })).item<float>());
    }

    /// <summary>Equation 2 over two samples of one pixel.</summary>
    [Fact]
    public void CrossEntropy_OfLogits_IsTheMeanNegativeLogOfTheExpertsClass()
    {
        using var scope = NewDisposeScope();
        double[,] logits = { { 1, 2, 0, -1 }, { 0, 0, 3, 1 } };
        long[] classes = [1, 3];
        double expected = Enumerable.Range(0, 2).Average(i =>
            Math.Log(Enumerable.Range(0, 4).Sum(c => Math.Exp(logits[i, c]))) - logits[i, classes[i]]);

        double loss = Losses.CrossEntropy(tensor(logits).view(2, 4, 1, 1), tensor(classes).view(2, 1, 1)).item<double>();

        Assert.Equal(expected, loss, tolerance: 1e-12);
    }

    /// <summary>The formula over two samples of one pixel, 1 and 3; the batch has no pixel of class 2, and the background does not count.</summary>
    [Fact]
    public void SoftDice_OfLogits_IsTheMeanOverTheClassesOfTheGland()
    {
        using var scope = NewDisposeScope();
        double[,] logits = { { 1, 2, 0, -1 }, { 0, 0, 3, 1 } };
        double P(int i, int c) => Math.Exp(logits[i, c]) / Enumerable.Range(0, 4).Sum(k => Math.Exp(logits[i, k]));
        double Dice(double inside, int c, int pixels) => ((2 * inside) + 1e-5) / (P(0, c) + P(1, c) + pixels + 1e-5);
        double expected = 1 - ((Dice(P(0, 1), 1, 1) + Dice(0, 2, 0) + Dice(P(1, 3), 3, 1)) / 3);

        double loss = Losses.SoftDice(tensor(logits).view(2, 4, 1, 1), tensor(new long[] { 1, 3 }).view(2, 1, 1)).item<double>();

        Assert.Equal(expected, loss, tolerance: 1e-12);
    }

    [Fact]
    public void SoftDice_OfTheExpertsMap_IsZero()
    {
        using var scope = NewDisposeScope();
        Tensor classes = tensor(new long[] { 0, 1, 2, 3 }).view(1, 2, 2);
        Tensor logits = 100 * nn.functional.one_hot(classes, 4).permute(0, 3, 1, 2).to(float64);

        Assert.Equal(0, Losses.SoftDice(logits, classes).item<double>(), tolerance: 1e-12);
    }

    [Fact]
    public void Gradient_OfSoftDice_IsItsCentralDifference()
    {
        using var scope = NewDisposeScope();
        double[] at = [0.3, -0.4, 1.2, 0.1, -0.2, 0.8, 0.5, -1.1, 0.7, 0.2, -0.6, 0.9, 0.4, -0.3, 0.6, -0.9];
        Tensor classes = tensor(new long[] { 1, 3, 2, 0 }).view(1, 2, 2);
        Tensor logits = tensor(at, requires_grad: true);
        double[] gradient = [.. autograd.grad([Losses.SoftDice(logits.view(1, 4, 2, 2), classes)], [logits])[0].data<double>()];

        for (int i = 0; i < at.Length; i++)
        {
            double Moved(double by) =>
                Losses.SoftDice(tensor(at.Select((value, j) => j == i ? value + by : value).ToArray()).view(1, 4, 2, 2), classes).item<double>();
            Assert.Equal((Moved(1e-5) - Moved(-1e-5)) / 2e-5, gradient[i], tolerance: 1e-8);
        }
    }

    [Fact]
    public void HybridLoss_IsTheAdversarialLossPlusLambdaTimesCrossEntropy()
    {
        using var scope = NewDisposeScope();
        Tensor logits = tensor(new double[,] { { 1, 2, 0, -1 }, { 0, 0, 3, 1 } }).view(2, 4, 1, 1);
        Tensor classes = tensor(new long[] { 1, 3 }).view(2, 1, 1);
        Tensor judged = tensor(new[] { 0.3, -0.7 });

        double Loss(string scheme) => Losses.Segmentor(Small.Schemes[scheme], logits, classes, _ => judged).item<double>();

        Assert.Equal(Loss("adversarial") + (0.5 * Loss("cross-entropy")), Loss("hybrid"), tolerance: 1e-12);
    }

    [Fact]
    public void Gradients_OfEveryAdversarialLoss_AreTheirCentralDifferences()
    {
        using var scope = NewDisposeScope();
        Func<Tensor, Tensor>[] losses = [Losses.NonSaturating, Losses.Minimax, z => Losses.Discriminator(z, -z.square())];
        foreach (Func<Tensor, Tensor> loss in losses)
        {
            double[] at = [-2, 0.1, 1.5];
            Tensor z = tensor(at, requires_grad: true);
            double[] gradient = [.. autograd.grad([loss(z)], [z])[0].data<double>()];
            for (int i = 0; i < at.Length; i++)
            {
                double Moved(double by) => loss(tensor(at.Select((value, j) => j == i ? value + by : value).ToArray())).item<double>();
                Assert.Equal((Moved(1e-5) - Moved(-1e-5)) / 2e-5, gradient[i], tolerance: 1e-8);
            }
        }
    }
}
