using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using TorchSharp;

namespace AdvSeg.Training.Native;

/// <summary>
/// Makes libtorch compute as a <see cref="Numerics"/> says. libtorch reads its instruction caps from the environment of the C library
/// when it is loaded; .NET's own environment is a copy that it never sees.
/// </summary>
public static partial class NativeSetup
{
    /// <summary>Names a directory that holds libtorch, for builds with <c>TorchBackend=external</c>.</summary>
    public const string LibtorchVariable = "ADVSEG_LIBTORCH";

    private const string CapVariable = "ATEN_CPU_CAPABILITY";
    private const string OneDnnCapVariable = "ONEDNN_MAX_CPU_ISA";
    private static readonly Lock Gate = new();
    private static Numerics? _applied;

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
            LibtorchFiles.RefuseUnreadable(AppContext.BaseDirectory);
            HostMemory.KeepFreed();
            CapInstructions(numerics);
            LoadExternalLibtorch(numerics.Device);
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

    private static void CapInstructions(Numerics numerics)
    {
        if (numerics.Device == DeviceKind.Cuda)
        {
            // Without it cuBLAS may pick another workspace, and with it another order of sums, from call to call.
            SetVariable("CUBLAS_WORKSPACE_CONFIG", ":4096:8");
            return;
        }

        if (!X86Base.IsSupported)
        {
            return;
        }

        (string cap, string oneDnn, bool supported) = numerics.DeviceName switch
        {
            "default" => ("default", "SSE41", true),
            "avx2" => ("avx2", "AVX2", Avx2.IsSupported && Fma.IsSupported),
            _ => throw new SpecException(
                $"The CPU instruction cap '{numerics.DeviceName}' is not one of default and avx2. (avx512 is no choice: its convolutions are "
                    + "wrong, see Convolution.)"),
        };
        if (!supported)
        {
            throw new SpecException(
                $"This CPU has no {numerics.DeviceName} instructions; run on one that has, or cap at 'default', which is another run identity.");
        }

        if (IsLibtorchLoaded() && (GetVariable(CapVariable), GetVariable(OneDnnCapVariable)) != (cap, oneDnn))
        {
            throw new SpecException(
                $"libtorch is already loaded with the cap '{GetVariable(CapVariable) ?? "none"}' instead of '{cap}'; call NativeSetup.Apply "
                    + "before any other use of torch.");
        }

        SetVariable(CapVariable, cap);
        SetVariable(OneDnnCapVariable, oneDnn);
    }

    private static void LoadExternalLibtorch(DeviceKind device)
    {
        if (Environment.GetEnvironmentVariable(LibtorchVariable) is not { Length: > 0 } folder)
        {
            return;
        }

        string[] names = device == DeviceKind.Cuda ? ["c10", "torch_cpu", "c10_cuda", "torch_cuda", "torch"] : ["c10", "torch_cpu", "torch"];
        foreach (string name in names)
        {
            string path =
                Path.Combine(folder, OperatingSystem.IsWindows() ? $"{name}.dll" : OperatingSystem.IsMacOS() ? $"lib{name}.dylib" : $"lib{name}.so");
            try
            {
                NativeLibrary.Load(path);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                throw new SpecException(
                    $"{LibtorchVariable} names {folder}, but {path} cannot be loaded: {e.Message} Name the lib directory of libtorch 2.10.", e);
            }
        }
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

    private static string? GetVariable(string name) =>
        OperatingSystem.IsWindows() ? Environment.GetEnvironmentVariable(name) : Marshal.PtrToStringUTF8(GetEnv(name));

    private static void SetVariable(string name, string value)
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.SetEnvironmentVariable(name, value);
        }
        else if (SetEnv(name, value, overwrite: 1) != 0)
        {
            throw new SpecException($"The environment variable {name} cannot be set; set it to '{value}' before starting the process.");
        }
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnv(string name);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
