using System.Reflection;
using TorchSharp;

namespace AdvSeg.Training.Tests;

/// <summary>
/// Nothing that training calls, however deep in TorchSharp, makes a scalar whose last use is that its handle is read: the collector may free it
/// while libtorch reads it. What fails then is rare and looks like "Unknown scalar type", or is another number.
/// </summary>
public sealed class KeptNumbersTests
{
    private const BindingFlags Every =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private readonly Dictionary<MethodBase, bool> _makes = [];

    [Fact]
    public void Training_CallsNothingThatMakesAScalarOnTheWay()
    {
        MethodBase[] own =
        [
            .. from type in typeof(Trainer).Assembly.GetTypes()
               from method in type.GetMethods(Every).Cast<MethodBase>().Concat(type.GetConstructors(Every))
               select method,
        ];

        Assert.Empty(own.SelectMany(method => CallsOf(method).Where(Makes).Select(called => $"{method.DeclaringType}.{method.Name} calls {called}")));
        Assert.True(Makes(typeof(torch.Tensor).GetMethod("add", [typeof(Scalar)])!), "the test finds none where there is one");
    }

    /// <summary>Whether a method of TorchSharp converts a number by itself.</summary>
    private bool Makes(MethodBase method)
    {
        if (method.DeclaringType == typeof(Scalar))
        {
            return method.Name == "op_Implicit";
        }

        if (method.DeclaringType?.Assembly != typeof(torch).Assembly)
        {
            return false;
        }

        if (!_makes.TryGetValue(method, out bool makes))
        {
            _makes[method] = false;
            _makes[method] = makes = CallsOf(method).Any(Makes);
        }

        return makes;
    }

    /// <summary>Methods that the IL of one names; bytes that only look like a call name none or one too many.</summary>
    private static IEnumerable<MethodBase> CallsOf(MethodBase method)
    {
        const byte Call = 0x28, CallVirtual = 0x6F, New = 0x73;
        byte[] il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (int i = 0; i + 4 < il.Length; i++)
        {
            if (il[i] is Call or CallVirtual or New && Resolve(method, BitConverter.ToInt32(il, i + 1)) is { } called)
            {
                yield return called;
            }
        }
    }

    private static MethodBase? Resolve(MethodBase method, int token)
    {
        try
        {
            return method.Module.ResolveMethod(
                token,
                method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null,
                method is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericArguments() : null);
        }
        catch (Exception e) when (e is ArgumentException or BadImageFormatException or MissingMethodException or FileNotFoundException)
        {
            return null;
        }
    }
}
