using AdvSeg.Core.Specs;
using AdvSeg.Training.Networks;

using static TorchSharp.torch;

namespace AdvSeg.Training.Steps;

/// <summary>
/// Adam (Kingma and Ba 2015, algorithm 1) on a network's flat storage. The rate and the step of the bias correction are arguments, so the
/// two moment vectors are its whole state.
/// </summary>
internal sealed class Adam(AdamSpec spec, Network network) : IDisposable
{
    private const double Epsilon = 1e-8;

    /// <summary>exp_avg, the decaying mean of gradients.</summary>
    public Tensor FirstMoment { get; } = zeros_like(network.Flat).DetachFromDisposeScope();

    /// <summary>exp_avg_sq, the decaying mean of squared gradients.</summary>
    public Tensor SecondMoment { get; } = zeros_like(network.Flat).DetachFromDisposeScope();

    /// <summary>Descends the gradient of a scalar <paramref name="loss"/> in the network's parameters, and in nothing else.</summary>
    /// <param name="loss">With its graph.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="update">Number of this update, from 1.</param>
    public void Descend(Tensor loss, double rate, int update)
    {
        IList<Tensor> gradients = autograd.grad([loss], [.. network.Leaves]);
        using var noGraph = no_grad();
        Tensor gradient = cat([.. gradients.Select(part => part.view(-1))], 0);
        FirstMoment.mul_(spec.Beta1).add_(gradient, 1 - spec.Beta1);
        SecondMoment.mul_(spec.Beta2).addcmul_(gradient, gradient, 1 - spec.Beta2);
        double correction = Math.Sqrt(1 - Math.Pow(spec.Beta2, update));
        Tensor denominator = SecondMoment.sqrt().div_(correction).add_(Epsilon);
        network.Flat.addcdiv_(FirstMoment, denominator, -rate / (1 - Math.Pow(spec.Beta1, update)));
    }

    public void Dispose()
    {
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }
}
