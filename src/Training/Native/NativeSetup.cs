using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using TorchSharp;

namespace AdvSeg.Training.Native;

/// <summary>
/// Makes libtorch compute as a <see cref="Numerics"/> says: by what it reads when it is loaded (<see cref="NativeEnvironment"/>), and by its
/// own switches afterwards.
/// </summary>
public static class NativeSetup
{
    /// <summary>Names a directory that holds libtorch, for builds with <c>TorchBackend=external</c>.</summary>
    public const string LibtorchVariable = "ADVSEG_LIBTORCH";

    private static readonly Lock Gate = new();
    private static Numerics? _applied;
    private static string? _version;

    /// <summary>Call once per process, before anything else of this assembly; again with equal numerics changes nothing.</summary>
    /// <exception cref="SpecException">This machine or process cannot compute so; the message says why and what to do.</exception>
    public static void Apply(Numerics numerics)
    {
        lock (Gate)
        {
            if (_applied == numerics)
            {
                return;
            }

            if (_applied is not null)
            {
                throw new SpecException($"This process computes as {_applied} and cannot change to {numerics}; start another process for that.");
            }

            Check(numerics);
            HostMemory.KeepFreed();
            Load(numerics);
            RefuseAnotherVersion(numerics);
            torch.set_num_threads(numerics.Threads);
            torch.set_num_interop_threads(1);
            LibtorchContext.DisableNnpack();
            if (numerics.Device == DeviceKind.Cuda)
            {
                SetUpCuda(numerics);
            }

            _applied = numerics;
        }
    }

    /// <summary>
    /// The numerics with the version of the libtorch that this process has, which it loads as they ask. Where that library does not tell, they
    /// are as given.
    /// </summary>
    /// <exception cref="SpecException">libtorch cannot be loaded so.</exception>
    public static Numerics OfThisProcess(Numerics numerics)
    {
        lock (Gate)
        {
            if (_applied is null)
            {
                Load(numerics);
            }

            return numerics with { Libtorch = _version ?? numerics.Libtorch };
        }
    }

    /// <summary>Makes the calling thread compute so as well, and returns the device to use.</summary>
    internal static torch.Device Enter(Numerics numerics)
    {
        Apply(numerics);

        // OpenMP keeps the number of threads per thread that asks for it.
        torch.set_num_threads(numerics.Threads);
        return numerics.Device == DeviceKind.Cuda ? torch.CUDA : torch.CPU;
    }

    private static void Check(Numerics numerics)
    {
        if (numerics.Threads < 1)
        {
            throw new SpecException($"Numerics ask for {numerics.Threads} threads; use at least 1.");
        }

        if (numerics.Device == DeviceKind.Cpu && numerics.Precision == Precision.Tf32)
        {
            throw new SpecException("A CPU has no tf32; use fp32 or bf16 on a CPU, and any of fp32, tf32 and bf16 on a GPU.");
        }
    }

    private static void Load(Numerics numerics)
    {
        LibtorchFiles.RefuseUnreadable(AppContext.BaseDirectory);
        CapInstructions(numerics);
        nint external = LoadExternalLibtorch(numerics.Device);
        _version = LibtorchVersion.Read(external);
    }

    /// <summary>A result says which libtorch it was computed with; another one computes other bits.</summary>
    private static void RefuseAnotherVersion(Numerics numerics)
    {
        if (_version is { } found && found != numerics.Libtorch)
        {
            throw new SpecException(
                $"The libtorch of this process is {found}, and {numerics} ask for {numerics.Libtorch}; ask for {numerics with { Libtorch = found }}, "
                    + $"or let {LibtorchVariable} name the lib directory of libtorch {numerics.Libtorch}.");
        }
    }

    private static void CapInstructions(Numerics numerics)
    {
        if (numerics.Device == DeviceKind.Cpu && RuntimeInformation.ProcessArchitecture == Architecture.X64)
        {
            RefuseMissingInstructions(numerics.DeviceName);
        }

        NativeEnvironment wanted = NativeEnvironment.For(numerics);
        if (IsLibtorchLoaded() && wanted.FirstDifference() is { } late)
        {
            throw new SpecException($"libtorch is already loaded with {late}; call NativeSetup.Apply before any other use of torch.");
        }

        wanted.Set();
    }

    /// <summary>
    /// .NET answers by what it uses itself: told not to use AVX2, it says that there is none. Refusing is right then, too: .NET's own arithmetic
    /// would give other bits.
    /// </summary>
    private static void RefuseMissingInstructions(string cap)
    {
        bool supported = cap switch
        {
            "default" => true,
            "avx2" => Avx2.IsSupported && Fma.IsSupported,
            _ => throw new SpecException(
                $"The CPU instruction cap '{cap}' is not one of default and avx2. (avx512 is no choice: its convolutions are "
                    + "wrong, see Convolution.)"),
        };
        if (!supported)
        {
            throw new SpecException(
                $"This CPU has no {cap} instructions, or .NET is told not to use them (DOTNET_EnableHWIntrinsic, DOTNET_EnableAVX2); run on one "
                    + "that has, without such settings, or cap at 'default', which is another run identity.");
        }
    }

    /// <summary>Handle of its libtorch_cpu; 0 when none is named.</summary>
    private static nint LoadExternalLibtorch(DeviceKind device)
    {
        if (Environment.GetEnvironmentVariable(LibtorchVariable) is not { Length: > 0 } folder)
        {
            return 0;
        }

        nint cpu = 0;
        string[] names = device == DeviceKind.Cuda ? ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"] : ["c10", "torch_cpu", "torch"];
        foreach (string name in names)
        {
            string path =
                Path.Combine(folder, OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so");
            try
            {
                nint library = NativeLibrary.Load(path);
                cpu = name == "torch_cpu" ? library : cpu;
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                throw new SpecException(
                    $"{LibtorchVariable} names {folder}, but {path} cannot be loaded: {e.Message} Name the lib directory of the libtorch "
                        + "that libLibTorchSharp.so beside this program was built for (the package's own: 2.10).", e);
            }
        }

        return cpu;
    }

    private static void SetUpCuda(Numerics numerics)
    {
        if (!torch.TryInitializeDeviceType(DeviceType.CUDA))
        {
            throw new SpecException(
                $"No CUDA device can be used; check nvidia-smi and that libtorch is a CUDA build (TorchBackend=cuda, or {LibtorchVariable}).");
        }

        LibtorchContext.MakeDeterministic();
        bool tf32 = numerics.Precision == Precision.Tf32;
        torch.backends.cuda.matmul.allow_tf32 = tf32;
        torch.backends.cudnn.allow_tf32 = tf32;
    }

    private static bool IsLibtorchLoaded()
    {
        using Process process = Process.GetCurrentProcess();
        return process.Modules.Cast<ProcessModule>().Any(module => module.ModuleName.Contains("torch_cpu", StringComparison.Ordinal));
    }
}
