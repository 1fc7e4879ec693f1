using System.Text.Json;
using System.Text.Json.Serialization;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;
using AdvSeg.Training.Networks;
using AdvSeg.Training.Steps;
using TorchSharp;

using static TorchSharp.torch;

namespace AdvSeg.Training.Benchmarks.Gpu;

/// <summary>
/// Weights, a batch, and what they give here: logits, losses, gradients, five updates of both Adams. PyTorch reads the same weights and batch
/// and says how far off it is. A file per quantity, raw little-endian float32 (classes: int64), parameters in the order of the network.
/// </summary>
internal static class ParityFiles
{
    private const int Updates = 5;
    private static readonly AdamSpec Rates = new() { LearningRate = 1e-3, Beta1 = 0.5, Beta2 = 0.999, HalveEvery = 0 };
    private static readonly JsonSerializerOptions Json =
        new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) } };

    public static object Write(GpuOptions options)
    {
        string folder = options.Text("folder", ".");
        Directory.CreateDirectory(folder);
        using var scope = NewDisposeScope();
        CohortTensors cohort = Material.Tensors(options);
        RunSpec spec = Material.Run(options, cohortDigest: "");
        AdversarySpec adversary = spec.Scheme.AdversaryOrNull!;
        torch.Device device = NativeSetup.Enter(options.Numerics);
        using var s = new Segmentor(spec.Segmentor, spec.Protocol.CropSize, spec.Seed, device) { IsChannelsLast = options.Steps.ChannelsLast };
        using var d = new Discriminator(adversary.Network, spec.Protocol.CropSize, spec.Seed, device);
        Batch batch = new Batches(spec, cohort).Draw(DrawPurpose.SegmentorBatch, 0);

        File.WriteAllText(
            Path.Combine(folder, "spec.json"),
            JsonSerializer.Serialize(
                new
                {
                    crop = spec.Protocol.CropSize,
                    segmentor = spec.Segmentor,
                    discriminator = adversary.Network,
                    updates = Updates,
                    rates = Rates,
                },
                Json));
        void Save(string name, params Tensor[] tensors) =>
            File.WriteAllBytes(Path.Combine(folder, name), [.. tensors.SelectMany(tensor => TensorData.ToBytes(tensor))]);

        Save("images", batch.Images);
        Save("classes", batch.Classes);
        Save("segmentor", s.Flat);
        Save("discriminator", d.Flat);
        Compute(s, d, batch, options.Steps.FusedAdam, Save);
        return new { folder, shape = batch.Images.shape, parameters = s.Flat.numel() + d.Flat.numel() };
    }

    private static void Compute(Segmentor s, Discriminator d, Batch batch, bool isFused, Action<string, Tensor[]> save)
    {
        Tensor Judge(Tensor maps) => d.Forward(cat([batch.Images, maps], 1));
        Tensor DiscriminatorLoss() => Losses.Discriminator(
            Judge(batch.OneHot(s.Layout.Classes.Count)), Judge(s.Forward(batch.Images).detach().softmax(1)));
        Tensor CrossEntropy() => Losses.CrossEntropy(s.Forward(batch.Images), batch.Classes);
        Tensor Adversarial() => Losses.NonSaturating(Judge(s.Forward(batch.Images).softmax(1)));

        save("logits", [s.Forward(batch.Images)]);
        foreach ((string name, Func<Tensor> loss, Network network) in new (string, Func<Tensor>, Network)[]
            { ("discriminator", DiscriminatorLoss, d), ("cross-entropy", CrossEntropy, s), ("adversarial", Adversarial, s) })
        {
            save($"{name} loss", [loss()]);
            save($"{name} gradient", [.. autograd.grad([loss()], [.. network.Leaves])]);
        }

        (Tensor before, Tensor beforeD) = (s.Flat.clone(), d.Flat.clone());
        using var adam = new Adam(Rates, s) { IsFused = isFused };
        using var adamD = new Adam(Rates, d) { IsFused = isFused };
        for (int update = 1; update <= Updates; update++)
        {
            using var scope = NewDisposeScope();
            adamD.Descend(DiscriminatorLoss(), Rates.LearningRate, update);
            adam.Descend(Adversarial().add(CrossEntropy().mul(Numbers.Of(0.5)), Numbers.Of(1L)), Rates.LearningRate, update);
        }

        save("segmentor update", [s.Flat - before]);
        save("discriminator update", [d.Flat - beforeD]);
    }
}
