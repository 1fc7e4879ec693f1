using System.Security.Cryptography;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;
using AdvSeg.Training.Steps;
using TorchSharp;

namespace AdvSeg.Training.Benchmarks.Gpu;

/// <summary>What can be compared to the last bit between two processes.</summary>
internal static class Equality
{
    public static object Facts(GpuOptions options)
    {
        string numerics = options.Numerics.ToString();
        bool onGpu = options.Numerics.Device == DeviceKind.Cuda;
        using torch.Tensor sum = torch.ones(3, device: onGpu ? torch.CUDA : torch.CPU).sum();
        string libraries = string.Join(
            ' ',
            File.ReadLines("/proc/self/maps").Where(line => line.Contains('/')).Select(line => line[line.IndexOf('/')..])
                .Where(path => path.Contains("torch", StringComparison.OrdinalIgnoreCase) && path.Contains(".so")).Distinct());
        return new { numerics, computes = sum.cpu().item<float>() == 3, libraries, devices = onGpu ? torch.cuda.device_count() : 0 };
    }

    public static object Canary(GpuOptions options) => new { canary = new Trainer(options.Numerics).Canary };

    /// <summary>Weights, moments and losses after some steps.</summary>
    public static object Digest(GpuOptions options)
    {
        CohortTensors cohort = Material.Tensors(options);
        using Learner learner = Material.Learner(options, cohort);
        for (int step = 0; step < options.Whole("steps", 10); step++)
        {
            learner.Advance(step);
        }

        List<StepLosses> losses = learner.ReadLosses();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((_, torch.Tensor values) in learner.State)
        {
            hash.AppendData(TensorData.ToBytes(values));
        }

        foreach (StepLosses loss in losses)
        {
            hash.AppendData(BitConverter.GetBytes(loss.Segmentor));
            hash.AppendData(BitConverter.GetBytes(loss.Discriminator ?? 0));
        }

        return new
        {
            digest = Convert.ToHexStringLower(hash.GetHashAndReset()),
            segmentor = losses.Select(loss => loss.Segmentor),
            discriminator = losses.Select(loss => loss.Discriminator),
        };
    }
}
