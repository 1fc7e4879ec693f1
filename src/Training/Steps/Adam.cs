using AdvSeg.Core.Specs;
using AdvSeg.Training.Native;
using AdvSeg.Training.Networks;
using TorchSharp;

using static TorchSharp.torch;

namespace AdvSeg.Training.Steps;

/// <summary>
/// Adam (Kingma and Ba 2015, algorithm 1) on a network's flat storage. The rate and the step of the bias correction are arguments, so the
/// two moment vectors are its whole state.
/// </summary>
internal sealed class Adam(AdamSpec spec, Network network) : IDisposable
{
    private const double Epsilon = 1e-8;

    // Only the fused kernel reads these: numbers that the host gives to a kernel would stand still in a graph of the step.
    private readonly Tensor _rateOnDevice = zeros(1, float32, network.Flat.device).DetachFromDisposeScope();
    private readonly Tensor _updatesOnDevice = zeros(1, float32, network.Flat.device).DetachFromDisposeScope();
    private double _rate;
    private int _updates;

    /// <summary>One kernel instead of nine, with other last bits.</summary>
    public bool IsFused { get; init; }

    /// <summary>exp_avg, the decaying mean of gradients.</summary>
    public Tensor FirstMoment { get; } = zeros_like(network.Flat).DetachFromDisposeScope();

    /// <summary>exp_avg_sq, the decaying mean of squared gradients.</summary>
    public Tensor SecondMoment { get; } = zeros_like(network.Flat).DetachFromDisposeScope();

    /// <summary>How many updates were done, as the fused kernel counts them on the device.</summary>
    public Tensor Updates => _updatesOnDevice;

    /// <summary>Says which updates come next: a rate, and how many were done before. The numbers reach the device without waiting for it.</summary>
    public void Begin(double rate, int updates)
    {
        (_rate, _updates) = (rate, updates);
        if (IsFused)
        {
            using var noGraph = no_grad();
            using Scalar now = rate.ToScalar(), done = updates.ToScalar();
            _rateOnDevice.fill_(now);
            _updatesOnDevice.fill_(done);
        }
    }

    /// <inheritdoc cref="Descend(Tensor)"/>
    /// <param name="loss">With its graph.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="update">Number of this update, from 1.</param>
    public void Descend(Tensor loss, double rate, int update)
    {
        Begin(rate, update - 1);
        Descend(loss);
    }

    /// <summary>Descends the gradient of a scalar <paramref name="loss"/> in the network's parameters, and in nothing else.</summary>
    public void Descend(Tensor loss)
    {
        IList<Tensor> gradients = autograd.grad([loss], [.. network.Leaves]);
        using var noGraph = no_grad();
        Tensor gradient = cat([.. gradients.Select(part => part.reshape(-1))], 0);
        _updates++;
        if (IsFused)
        {
            FusedAdam.Descend(
                network.Flat,
                gradient,
                (FirstMoment, SecondMoment),
                _updatesOnDevice.add_(Numbers.Of(1L), Numbers.Of(1L)),
                _rateOnDevice,
                (spec.Beta1, spec.Beta2),
                Epsilon);
            return;
        }

        FirstMoment.mul_(Numbers.Of(spec.Beta1)).add_(gradient, Numbers.Of(1 - spec.Beta1));
        SecondMoment.mul_(Numbers.Of(spec.Beta2)).addcmul_(gradient, gradient, Numbers.Of(1 - spec.Beta2));
        using Scalar correction = Math.Sqrt(1 - Math.Pow(spec.Beta2, _updates)).ToScalar();
        using Scalar rate = (-_rate / (1 - Math.Pow(spec.Beta1, _updates))).ToScalar();
        Tensor denominator = SecondMoment.sqrt().div_(correction).add_(Numbers.Of(Epsilon), Numbers.Of(1L));
        network.Flat.addcdiv_(FirstMoment, denominator, rate);
    }

    public void Dispose()
    {
        _rateOnDevice.Dispose();
        _updatesOnDevice.Dispose();
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }
}
