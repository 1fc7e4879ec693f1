using System.Collections.Concurrent;
using TorchSharp;

namespace AdvSeg.Training.Native;

/// <summary>
/// Numbers as libtorch's scalars, made once and kept. TorchSharp's conversion makes a new one whose last use is that its handle is read: the
/// garbage collector may free it while the native call still reads it, and then the call fails, or computes with another number.
/// </summary>
internal static class Numbers
{
    private static readonly ConcurrentDictionary<double, Scalar> Reals = new();
    private static readonly ConcurrentDictionary<long, Scalar> Wholes = new();

    /// <summary>For settings and constants, of which there are few. A number of a single step belongs into a <c>using</c>.</summary>
    public static Scalar Of(double number) => Reals.GetOrAdd(number, value => value.ToScalar());

    /// <inheritdoc cref="Of(double)"/>
    public static Scalar Of(long number) => Wholes.GetOrAdd(number, value => value.ToScalar());
}
