using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Data;
using AdvSeg.Training.Files;
using AdvSeg.Training.Networks;
using AdvSeg.Training.Steps;

using static TorchSharp.torch;

namespace AdvSeg.Training.Tests;

/// <summary>
/// S and D of every network option, the losses of every scheme, all gradients and five steps of both Adams against PyTorch in double
/// precision (Parity/pytorch.py says how a vector is pinned).
/// </summary>
public sealed class ParityTests
{
    private const int Size = 16;
    private const int BatchSize = 3;
    private const int Updates = 5;
    private const int SegmentorStream = 0;
    private const int DiscriminatorStream = 1000;
    private const int ImagesStream = 2000;
    private const int ClassesStream = 2001;
    private const int ProbeStream = 3000;
    private static readonly string[][] Rows =
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Parity", "pytorch.csv")).Skip(1).Select(line => line.Split(','))];

    public static TheoryData<string> Configurations => [.. Rows.Select(row => row[0]).Distinct()];

    /// <summary>Rounding: 1e-12 of a vector's norm. Adam divides gradients that are zero but for rounding by its epsilon: 1e-9.</summary>
    [Theory]
    [MemberData(nameof(Configurations))]
    public void NetworksLossesGradientsAndUpdates_InDoublePrecision_ArePyTorchs(string configuration)
    {
        using var scope = NewDisposeScope();
        AssertEqual(
            Rows.Where(row => row[0] == configuration),
            Compute(configuration, precise: true),
            new(Values: 1e-12, EffectiveUpdate: 1e-9, Update: 1e-9));
    }

    /// <summary>
    /// What a run computes in. The effective updates agree to 1e-5 or so in all configurations but one, where a few weights differ as if
    /// rounding had taken a map over the kink of an activation; with the biases that a normalisation takes away again, rounding alone is a
    /// percent of the update.
    /// </summary>
    [Theory]
    [MemberData(nameof(Configurations))]
    public void NetworksLossesGradientsAndUpdates_InSinglePrecision_ArePyTorchs(string configuration)
    {
        using var scope = NewDisposeScope();
        AssertEqual(
            Rows.Where(row => row[0] == configuration),
            Compute(configuration, precise: false),
            new(Values: 1e-5, EffectiveUpdate: 1e-2, Update: 5e-2));
    }

    /// <summary>A model that left PyTorch as a file, its tensors in the order of their names, predicts here what it predicts there.</summary>
    [Fact]
    public void Model_SavedByPyTorch_HasItsLogits()
    {
        using var scope = NewDisposeScope();
        using Model model = Model.Read(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Parity", "pytorch.safetensors")), "pytorch.safetensors", Small.Numerics);

        double[] logits = Values(model.Segmentor.Forward(Images(3).to(float32)));

        AssertEqual(Rows.Where(row => row is ["default", "logits", ..]), [("logits", logits)], new(Values: 1e-5, EffectiveUpdate: 0, Update: 0));
    }

    /// <summary>Largest differences, as parts of a vector's norm.</summary>
    private sealed record Tolerance(double Values, double EffectiveUpdate, double Update)
    {
        public double Of(string quantity) => quantity.EndsWith(" effective update", StringComparison.Ordinal) ? EffectiveUpdate
            : quantity.EndsWith(" update", StringComparison.Ordinal) ? Update
            : Values;
    }

    private static IEnumerable<(string Quantity, double[] Values)> Compute(string configuration, bool precise)
    {
        (SegmentorSpec segmentorSpec, DiscriminatorSpec discriminatorSpec, CohortLayout layout) = Specs(configuration);
        using var s = new Segmentor(segmentorSpec, Size, seed: 0, layout: layout);
        using var d = new Discriminator(discriminatorSpec, Size, seed: 0, layout: layout);
        Fill(s, SegmentorStream);
        Fill(d, DiscriminatorStream);
        if (precise)
        {
            s.ToDoublePrecision();
            d.ToDoublePrecision();
        }

        Tensor images = Images(layout.Channels.Count).to(s.Flat.dtype);
        Tensor classes = ((tensor(Noise(ClassesStream, BatchSize * Size * Size)) + 0.5) * layout.Classes.Count).floor().to(int64);
        return [.. Compute(s, d, new Batch(images, classes.view(BatchSize, Size, Size)))];
    }

    private static Tensor Images(int channels) =>
        (tensor(Noise(ImagesStream, BatchSize * channels * Size * Size)) * 4).view(BatchSize, channels, Size, Size);

    private static IEnumerable<(string Quantity, double[] Values)> Compute(Segmentor s, Discriminator d, Batch batch)
    {
        Tensor expert = batch.OneHot(s.Layout.Classes.Count).to(s.Flat.dtype);
        Tensor Judge(Tensor maps) => d.Forward(cat([batch.Images, maps], 1));
        Tensor SegmentorLoss(string scheme) =>
            Losses.Segmentor(Small.Schemes[scheme], s.Forward(batch.Images), batch.Classes, logits => Judge(logits.softmax(1)));
        Tensor DiscriminatorLoss() => Losses.Discriminator(Judge(expert), Judge(s.Forward(batch.Images).detach().softmax(1)));

        yield return ("logits", Values(s.Forward(batch.Images)));
        yield return ("judgement", Values(Judge(expert)));
        yield return ("discriminator loss", Values(DiscriminatorLoss()));
        yield return ("discriminator gradient", Values([.. autograd.grad([DiscriminatorLoss()], [.. d.Leaves])]));
        foreach (string scheme in Small.Schemes.Keys)
        {
            yield return ($"{scheme} loss", Values(SegmentorLoss(scheme)));
            yield return ($"{scheme} gradient", Values([.. autograd.grad([SegmentorLoss(scheme)], [.. s.Leaves])]));
        }

        (double[] segmentorBefore, double[] discriminatorBefore) = (Values(s.Flat), Values(d.Flat));
        using var segmentorAdam = new Adam(new() { LearningRate = 2e-3, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = 0 }, s);
        using var discriminatorAdam = new Adam(new() { LearningRate = 1e-3, Beta1 = 0.9, Beta2 = 0.99, HalveEvery = 0 }, d);
        for (int update = 1; update <= Updates; update++)
        {
            discriminatorAdam.Descend(DiscriminatorLoss(), 1e-3, update);
            segmentorAdam.Descend(SegmentorLoss("hybrid"), 2e-3, update);
        }

        double[] segmentorUpdate = [.. Values(s.Flat).Zip(segmentorBefore, (after, before) => after - before)];
        double[] discriminatorUpdate = [.. Values(d.Flat).Zip(discriminatorBefore, (after, before) => after - before)];
        yield return ("segmentor update", segmentorUpdate);
        yield return ("segmentor effective update", Effective(s, segmentorUpdate));
        yield return ("discriminator update", discriminatorUpdate);
        yield return ("discriminator effective update", Effective(d, discriminatorUpdate));
    }

    /// <summary>Without the biases that a normalisation takes away again: their gradient is 0 but for rounding, which Adam makes a step of.</summary>
    private static double[] Effective(Network network, double[] update)
    {
        HashSet<string> idle =
            [
                .. network.Parameters.Where(p => p.Name.EndsWith(".norm.weight", StringComparison.Ordinal)).Select(
                    p => p.Name.Replace(".norm.weight", ".bias", StringComparison.Ordinal)),
            ];
        return
        [
            .. network.Parameters.SelectMany(
                p => Enumerable.Repeat(!idle.Contains(p.Name), (int)p.Count)).Zip(update).Where(pair => pair.First).Select(pair => pair.Second),
        ];
    }

    private static void AssertEqual(IEnumerable<string[]> expected, IEnumerable<(string Quantity, double[] Values)> computed, Tolerance tolerance)
    {
        Dictionary<string, string[]> pinned = expected.ToDictionary(row => row[1]);
        List<string> wrong = [];
        int seen = 0;
        foreach ((string quantity, double[] values) in computed)
        {
            string[] row = pinned[quantity];
            Assert.Equal(int.Parse(row[2]), values.Length);
            double norm = double.Parse(row[3]);
            double allowed = norm * tolerance.Of(quantity);
            double[] found =
            [
                Math.Sqrt(values.Sum(value => value * value)),
                .. Enumerable.Range(0, 3).Select(i => Product(values, Noise(ProbeStream + i, values.Length))),
            ];
            double difference = found.Zip(row[3..], (value, text) => Math.Abs(value - double.Parse(text))).Max();
            seen++;
            if (!(difference <= allowed))
            {
                wrong.Add($"{quantity}: differs by {difference / norm:E1} of its norm");
            }
        }

        Assert.Equal(pinned.Count, seen);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    private static (SegmentorSpec Segmentor, DiscriminatorSpec Discriminator, CohortLayout Layout) Specs(string configuration)
    {
        Dictionary<string, string> options = configuration == "default"
            ? []
            : configuration.Split(' ').Select(option => option.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
        T Option<T>(string name, T otherwise)
            where T : struct, Enum => options.TryGetValue(name, out string? value) ? Enum.Parse<T>(value) : otherwise;

        SegmentorSpec segmentor = Small.Segmentor with
        {
            Downsampling = Option("down", Downsampling.MaxPool),
            Upsampling = Option("up", Upsampling.TransposedConvolution),
            DecoderActivation = Option("activation", Activation.LeakyRelu),
            ConvolutionsPerLevel = int.Parse(options.GetValueOrDefault("convolutions", "2")),
            NormalizeFirst = options.GetValueOrDefault("first") != "False",
        };
        DiscriminatorSpec discriminator = Small.Adversary.Network with
        {
            Norm = Option("norm", DiscriminatorNorm.Middle),
            FirstStride = int.Parse(options.GetValueOrDefault("stride", "2")),
        };
        CohortLayout layout = Small.Layout(
            int.Parse(options.GetValueOrDefault("channels", "3")), int.Parse(options.GetValueOrDefault("classes", "4")));
        return (segmentor, discriminator, layout);
    }

    /// <summary>Filters within their default bound, normalisation near the identity.</summary>
    private static void Fill(Network network, int stream)
    {
        using var noGraph = no_grad();
        List<float> values = [];
        for (int i = 0; i < network.Parameters.Count; i++)
        {
            Parameter parameter = network.Parameters[i];
            double[] noise = Noise(stream + i, (int)parameter.Count);
            values.AddRange(noise.Select(u => (float)(parameter.Bound > 0 ? 2 * parameter.Bound * u : parameter.Constant + (u / 4))));
        }

        network.Flat.copy_(tensor(values.ToArray()));
    }

    /// <summary>Multiples of 2^-24 in [-1/2, 1/2): a 32-bit integer hash (lowbias32) of the stream and the index.</summary>
    private static double[] Noise(int stream, int count)
    {
        var values = new double[count];
        for (int i = 0; i < count; i++)
        {
            uint x = unchecked((uint)(i + 1) + ((uint)stream * 0x9E3779B9));
            x ^= x >> 16;
            x = unchecked(x * 0x7FEB352D);
            x ^= x >> 15;
            x = unchecked(x * 0x846CA68B);
            x ^= x >> 16;
            values[i] = ((x >> 8) / 16777216.0) - 0.5;
        }

        return values;
    }

    private static double Product(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Values(params Tensor[] tensors) => [.. tensors.SelectMany(part => part.to(float64).contiguous().view(-1).data<double>())];
}
