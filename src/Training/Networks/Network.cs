using AdvSeg.Core.Draws;
using AdvSeg.Training.Native;

using static TorchSharp.torch;

namespace AdvSeg.Training.Networks;

/// <summary>One trainable tensor: float32, a view into its network's flat storage, a leaf of the autograd graph.</summary>
public sealed class Parameter
{
    internal Parameter(string name, long[] shape, float bound, float constant) =>
        (Name, Shape, Bound, Constant) = (name, shape, bound, constant);

    public string Name { get; }

    public IReadOnlyList<long> Shape { get; }

    public long Count => Shape.Aggregate(1L, (product, side) => product * side);

    /// <summary>Initial values are uniform on [-bound, bound); 0 means <see cref="Constant"/> instead.</summary>
    internal float Bound { get; }

    internal float Constant { get; }

    internal Tensor Value { get; set; } = null!;
}

/// <summary>
/// A network whose parameters lie one after another in one flat tensor, so that an optimizer step, a checkpoint and a digest are
/// operations on one tensor. Initial weights are uniform with PyTorch's default bounds (kaiming_uniform with a = sqrt(5): 1 / sqrt(fan
/// in), for weights and biases alike), drawn from Philox; normalisation starts as the identity.
/// </summary>
public abstract class Network : IDisposable
{
    private readonly List<Parameter> _parameters = [];

    /// <summary>In the order of the weights digest and of every file.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>All parameters: float32, one dimension. Writing to it changes the network.</summary>
    public Tensor Flat { get; private set; } = null!;

    /// <summary>Where a parameter's values begin in <see cref="Flat"/>.</summary>
    internal long OffsetOf(Parameter parameter) => _parameters.TakeWhile(p => p != parameter).Sum(p => p.Count);

    internal IReadOnlyList<Tensor> Leaves { get; private set; } = [];

    /// <summary>Forward passes run under <see cref="Autocast"/>; weights, gradients and outputs stay float32.</summary>
    internal bool IsMixed { get; init; }

    /// <summary>Inputs, and with them the maps of every layer, lie with their channels side by side; shapes and values do not change.</summary>
    internal bool IsChannelsLast { get; init; }

    /// <summary>What <see cref="Compute"/> says, in the precision of the run.</summary>
    public Tensor Forward(Tensor input)
    {
        if (IsChannelsLast)
        {
            input = input.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        }

        if (!IsMixed)
        {
            return Compute(input);
        }

        using var mixed = new Autocast(input.device_type);
        return Compute(input).to(float32);
    }

    public void Dispose()
    {
        foreach (Tensor leaf in Leaves)
        {
            leaf.Dispose();
        }

        Flat?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>3x3 convolution with padding 1, then InstanceNorm where <paramref name="normalize"/>, then leaky ReLU of the slope.</summary>
    internal ConvolutionBlock AddBlock(string name, int from, int to, int stride, bool normalize, double slope)
    {
        float bound = Bound(9 * from);
        return new ConvolutionBlock(
            Add($"{name}.weight", [to, from, 3, 3], bound),
            Add($"{name}.bias", [to], bound),
            normalize ? Add($"{name}.norm.weight", [to], bound: 0, constant: 1) : null,
            normalize ? Add($"{name}.norm.bias", [to], bound: 0) : null,
            stride,
            slope);
    }

    private protected abstract Tensor Compute(Tensor input);

    internal Parameter Add(string name, long[] shape, float bound, float constant = 0)
    {
        var parameter = new Parameter(name, shape, bound, constant);
        _parameters.Add(parameter);
        return parameter;
    }

    internal static float Bound(int fanIn) => (float)(1 / Math.Sqrt(fanIn));

    /// <summary>Call once, after the last parameter was added.</summary>
    private protected void Initialize(ulong seed, DrawPurpose purpose, Device device)
    {
        using var scope = NewDisposeScope();
        var values = new float[_parameters.Sum(parameter => parameter.Count)];
        int offset = 0;
        for (int i = 0; i < _parameters.Count; i++)
        {
            int count = (int)_parameters[i].Count;
            Fill(values.AsSpan(offset, count), _parameters[i], Philox.At(seed, purpose, stream: (uint)i));
            offset += count;
        }

        Lay(TensorData.FromFloats(values, [values.Length], device));
    }

    /// <summary>For comparison with independent implementations: single precision would hide errors below 1e-6. No run trains so.</summary>
    internal void ToDoublePrecision()
    {
        using var scope = NewDisposeScope();
        Tensor values = Flat.to(float64);
        Dispose();
        Lay(values);
    }

    /// <summary>Makes the parameters views into <paramref name="flat"/>.</summary>
    private void Lay(Tensor flat)
    {
        Flat = flat.DetachFromDisposeScope();
        long offset = 0;
        foreach (Parameter parameter in _parameters)
        {
            parameter.Value =
                Flat.narrow(0, offset, parameter.Count).view([.. parameter.Shape]).detach().requires_grad_(true).DetachFromDisposeScope();
            offset += parameter.Count;
        }

        Leaves = [.. _parameters.Select(parameter => parameter.Value)];
    }

    private static void Fill(Span<float> values, Parameter parameter, PhiloxSequence draws)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = parameter.Bound > 0 ? ((2 * draws.NextSingle()) - 1) * parameter.Bound : parameter.Constant;
        }
    }
}

/// <summary>The paper's CLk: 3x3 convolution, InstanceNorm, leaky ReLU; slope 0 is its Ck.</summary>
internal sealed record ConvolutionBlock(Parameter Weight, Parameter Bias, Parameter? NormWeight, Parameter? NormBias, int Stride, double Slope)
{
    private const double Epsilon = 1e-5;

    public static Tensor ForwardAll(IEnumerable<ConvolutionBlock> blocks, Tensor x) =>
        blocks.Aggregate(x, (map, block) => Brief.Of(() => block.Forward(map)));

    /// <summary>B x C x H x W to B x K x H' x W'.</summary>
    public Tensor Forward(Tensor x)
    {
        Tensor y = Convolution.Apply(x, Weight, Bias, Stride);
        if (NormWeight is not null)
        {
            // One group per channel is InstanceNorm; unlike instance_norm it has a fused CPU kernel.
            y = nn.functional.group_norm(y, Weight.Shape[0], NormWeight.Value, NormBias!.Value, Epsilon);
        }

        return Slope > 0 ? y.leaky_relu_(Numbers.Of(Slope)) : nn.functional.relu(y, inplace: true);
    }
}
