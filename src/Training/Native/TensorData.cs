using System.Runtime.InteropServices;
using TorchSharp;

using static TorchSharp.torch;

namespace AdvSeg.Training.Native;

/// <summary>Copies between managed arrays and tensors.</summary>
internal static class TensorData
{
    public static Tensor FromFloats(ReadOnlySpan<float> values, long[] shape, Device device) =>
        FromBytes(MemoryMarshal.AsBytes(values), shape, ScalarType.Float32, device);

    public static Tensor FromBytes(ReadOnlySpan<byte> data, long[] shape, ScalarType type, Device device)
    {
        Tensor tensor = empty(shape, type);
        if (device.type == DeviceType.CPU)
        {
            data.CopyTo(tensor.bytes);
            return tensor;
        }

        // From pinned memory the copy takes its place among the kernels and nobody waits for it. The allocator of pinned memory gives the
        // block to nobody else before the copy has read it.
        using (tensor)
        using (Tensor pinned = tensor.pin_memory())
        {
            data.CopyTo(pinned.bytes);
            return pinned.to(device, non_blocking: true);
        }
    }

    public static byte[] ToBytes(Tensor tensor)
    {
        using Tensor host = tensor.cpu();
        using Tensor dense = host.contiguous();
        return dense.bytes.ToArray();
    }

    public static void CopyTo(Tensor tensor, Span<byte> target)
    {
        using Tensor host = tensor.cpu();
        using Tensor dense = host.contiguous();
        dense.bytes.CopyTo(target);
    }

    /// <summary>Overwrites a float32 tensor.</summary>
    /// <exception cref="ArgumentException">The data has another size.</exception>
    public static void Load(Tensor target, ReadOnlySpan<byte> data)
    {
        if (data.Length != target.numel() * sizeof(float))
        {
            throw new ArgumentException($"{data.Length} bytes do not fill {target.numel()} float32 values.", nameof(data));
        }

        using Tensor source = FromBytes(data, target.shape, ScalarType.Float32, CPU);
        target.copy_(source);
    }
}
