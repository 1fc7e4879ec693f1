using System.Globalization;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;
using AdvSeg.Training.Native;
using AdvSeg.Training.Steps;

namespace AdvSeg.Training.Benchmarks.Gpu;

/// <summary>What a part is asked to do: <c>--name value</c> pairs, and switches without a value.</summary>
internal sealed class GpuOptions
{
    private static readonly string[] Switches = ["channels-last", "fused-adam", "graph", "read-losses", "streams", "wait"];
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <exception cref="SpecException">A name without dashes or without its value.</exception>
    public GpuOptions(ReadOnlySpan<string> args)
    {
        for (int i = 0; i < args.Length; i++)
        {
            string name = args[i].StartsWith("--", StringComparison.Ordinal) ? args[i][2..] : throw new SpecException($"'{args[i]}' is no option.");
            bool isSwitch = Switches.Contains(name);
            _values[name] = isSwitch ? "yes"
                : i + 1 < args.Length ? args[++i]
                : throw new SpecException($"--{name} has no value.");
        }
    }

    public Numerics Numerics
    {
        get
        {
            bool onGpu = Text("device", "cpu") == "cuda";
            return NativeSetup.OfThisProcess(Numerics.DefaultCpu with
            {
                Device = onGpu ? DeviceKind.Cuda : DeviceKind.Cpu,
                DeviceName = onGpu ? Text("device-name", "GPU") : Numerics.DefaultCpu.DeviceName,
                Precision = Enum.Parse<Precision>(Text("precision", "fp32"), ignoreCase: true),
                Threads = Whole("threads", 1),
                Graph = onGpu && Has("graph"),
            });
        }
    }

    /// <summary>
    /// A variant of a preset: networks, protocol and scheme. The presets' hybrid is their adversarial one with half the cross-entropy.
    /// </summary>
    public VariantSpec Variant
    {
        get
        {
            string scheme = Text("scheme", "adversarial");
            IReadOnlyList<VariantSpec> variants = Presets.Spec(Text("preset", "demo")).Variants;
            if (scheme != HybridScheme.Name)
            {
                return variants.Single(variant => variant.Name == scheme);
            }

            VariantSpec game = variants.Single(variant => variant.Name == AdversarialScheme.Name);
            var adversarial = (AdversarialScheme)game.Scheme;
            return game with { Scheme = new HybridScheme { Optimizer = adversarial.Optimizer, Adversary = adversarial.Adversary, Lambda = 0.5 } };
        }
    }

    public StepOptions Steps => new(Has("channels-last"), Has("fused-adam"), Has("graph"));

    public bool Has(string name) => _values.ContainsKey(name);

    public string Text(string name, string otherwise) => _values.GetValueOrDefault(name, otherwise);

    public int Whole(string name, int otherwise) =>
        _values.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    public double Number(string name, double otherwise) =>
        _values.TryGetValue(name, out string? text) ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
