using AdvSeg.Core.Draws;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;
using AdvSeg.Training.Networks;

using static TorchSharp.torch;

namespace AdvSeg.Training.Steps;

/// <summary>Losses of one step; D's is the mean over its k batches, null for a scheme without D.</summary>
internal readonly record struct StepLosses(double Segmentor, double? Discriminator);

/// <summary>S, D and their optimizers: what a step changes.</summary>
internal sealed class Learner : IDisposable
{
    private readonly RunSpec _spec;
    private readonly Batches _batches;
    private readonly Adam _segmentorAdam;
    private readonly Discriminator? _discriminator;
    private readonly Adam? _discriminatorAdam;

    public Learner(RunSpec spec, CohortTensors cohort, Device device)
    {
        _spec = spec;
        _batches = new Batches(spec, cohort);
        bool isMixed = spec.Numerics.Precision == Precision.Bf16;
        Segmentor = new Segmentor(spec.Segmentor, spec.Protocol.CropSize, spec.Seed, device) { IsMixed = isMixed };
        _segmentorAdam = new Adam(spec.Scheme.Optimizer, Segmentor);
        if (spec.Scheme.AdversaryOrNull is { } adversary)
        {
            _discriminator = new Discriminator(adversary.Network, spec.Protocol.CropSize, spec.Seed, device) { IsMixed = isMixed };
            _discriminatorAdam = new Adam(adversary.Optimizer, _discriminator);
        }
    }

    public Segmentor Segmentor { get; }

    /// <summary>Everything that a checkpoint must hold, float32, one dimension: S, its two moments, and the same of D.</summary>
    public IEnumerable<(string Name, Tensor Values)> State
    {
        get
        {
            yield return ("segmentor", Segmentor.Flat);
            yield return ("segmentor.exp_avg", _segmentorAdam.FirstMoment);
            yield return ("segmentor.exp_avg_sq", _segmentorAdam.SecondMoment);
            if (_discriminator is not null)
            {
                yield return ("discriminator", _discriminator.Flat);
                yield return ("discriminator.exp_avg", _discriminatorAdam!.FirstMoment);
                yield return ("discriminator.exp_avg_sq", _discriminatorAdam.SecondMoment);
            }
        }
    }

    /// <summary>Trains D on its k batches, then S on one.</summary>
    /// <param name="step">S steps done before.</param>
    /// <exception cref="TrainingException">Class <see cref="FailureClass.Divergence"/>: a loss is NaN or infinite.</exception>
    public StepLosses Step(int step)
    {
        using var scope = NewDisposeScope();
        double? discriminator = _spec.Scheme.AdversaryOrNull is { } adversary ? StepDiscriminator(adversary, step) : null;
        return new StepLosses(StepSegmentor(step), discriminator);
    }

    /// <summary>Overwrites <see cref="State"/>.</summary>
    public void Restore(IReadOnlyDictionary<string, ReadOnlyMemory<byte>> state)
    {
        using var noGraph = no_grad();
        foreach ((string name, Tensor values) in State)
        {
            TensorData.Load(values, state[name].Span);
        }
    }

    /// <exception cref="TrainingException">Class <see cref="FailureClass.Divergence"/>: a weight of S is NaN or infinite.</exception>
    public void RefuseDivergedWeights(int step)
    {
        using var scope = NewDisposeScope();
        if (!Segmentor.Flat.isfinite().all().item<bool>())
        {
            throw new TrainingException(
                FailureClass.Divergence, $"A weight of S became NaN or infinite by step {step}; lower the learning rates of the variant.");
        }
    }

    public void Dispose()
    {
        Segmentor.Dispose();
        _segmentorAdam.Dispose();
        _discriminator?.Dispose();
        _discriminatorAdam?.Dispose();
    }

    private double StepSegmentor(int step)
    {
        Batch batch = _batches.Draw(DrawPurpose.SegmentorBatch, step);
        Tensor logits_BCHW = Segmentor.Forward(batch.Images);
        Tensor loss = Losses.Segmentor(
            _spec.Scheme, logits_BCHW, batch.Classes, output => _discriminator!.Forward(cat([batch.Images, output.softmax(1)], 1)));
        double value = Finite(loss, "L_S", step);
        _segmentorAdam.Descend(loss, _spec.Scheme.Optimizer.RateAt(step), step + 1);
        return value;
    }

    private double StepDiscriminator(AdversarySpec adversary, int step)
    {
        int k = adversary.StepsPerSegmentorStep;
        Tensor pairs_K2BCHW = DrawPairs(step, k);
        double sum = 0;
        for (int i = 0; i < k; i++)
        {
            Tensor[] logits_B = _discriminator!.Forward(pairs_K2BCHW[i].flatten(0, 1)).chunk(2);
            Tensor loss = Losses.Discriminator(expert: logits_B[0], generated: logits_B[1]);
            sum += Finite(loss, "L_D", step);
            _discriminatorAdam!.Descend(loss, adversary.Optimizer.RateAt(step), (step * k) + i + 1);
        }

        return sum / k;
    }

    /// <summary>
    /// D's inputs of one step, k x 2 x B x 7 x H x W: images beside the expert's maps, then beside S's. S stands still meanwhile, so one
    /// forward pass without a graph serves all k batches.
    /// </summary>
    private Tensor DrawPairs(int step, int k)
    {
        using var noGraph = no_grad();
        (int b, int m, int c) = (_spec.Protocol.BatchSize, Segmentor.Modalities, Segmentor.Classes);
        Batch batches = _batches.Draw(DrawPurpose.DiscriminatorBatch, step * k, k);
        (long h, long w) = (batches.Images.shape[2], batches.Images.shape[3]);
        Tensor pairs_K2BCHW = empty([k, 2, b, m + c, h, w], float32, batches.Images.device);
        pairs_K2BCHW.narrow(3, 0, m).copy_(batches.Images.view(k, 1, b, m, h, w));
        pairs_K2BCHW.select(1, 0).narrow(2, m, c).copy_(batches.OneHot().view(k, b, c, h, w));
        pairs_K2BCHW.select(1, 1).narrow(2, m, c).copy_(Generate(batches.Images).view(k, b, c, h, w));
        return pairs_K2BCHW;
    }

    private Tensor Generate(Tensor images)
    {
        using var inference = inference_mode();
        return Segmentor.Forward(images).softmax(1);
    }

    private static double Finite(Tensor loss, string name, int step)
    {
        float value = loss.item<float>();
        return float.IsFinite(value)
            ? value
            : throw new TrainingException(
                FailureClass.Divergence, $"{name} became {value} in step {step + 1}; lower the learning rates of the variant, or try another seed.");
    }
}
