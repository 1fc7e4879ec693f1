using System.Runtime.InteropServices;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;

namespace AdvSeg.Training.Native;

/// <summary>
/// What libtorch and the libraries in it read from the environment and what can decide bits, each with the value it has to have; null: it must
/// not be there. docs/numerics.md lists them with what was measured. They are read from the environment of the C library when a library is
/// loaded or first used; .NET's own environment is a copy that it never sees.
/// </summary>
internal sealed partial class NativeEnvironment
{
    private const string CapVariable = "ATEN_CPU_CAPABILITY";

    /// <summary>On a CPU as on a GPU, because part of every run is computed on the CPU.</summary>
    private static readonly string[] Forbidden =
    [
        "MKL_CBWR", "MKL_DISABLE_FAST_MM", "MKL_NUM_STRIPES", "MKL_FAST_MEMORY_LIMIT", "MKL_NUM_THREADS", "MKL_DOMAIN_NUM_THREADS", "MKL_DYNAMIC",
        "ONEDNN_DEFAULT_FPMATH_MODE", "DNNL_DEFAULT_FPMATH_MODE", "ONEDNN_CPU_ISA_HINTS", "DNNL_CPU_ISA_HINTS",
        "TORCH_MKLDNN_MATMUL_MIN_DIM", "TORCH_MKLDNN_MATMUL_MIN_SIZE", "TORCH_LINEAR_FLATTEN_3D",
        "OMP_DYNAMIC", "OMP_THREAD_LIMIT", "OMP_MAX_ACTIVE_LEVELS", "OMP_NESTED",
    ];

    private static readonly string[] ForbiddenWithGpu =
    [
        "NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "TORCH_BLAS_PREFER_CUBLASLT", "TORCH_CUDNN_USE_HEURISTIC_MODE_B",
        "TORCH_CUDNN_V8_API_DISABLED", "CUBLAS_EMULATE_SINGLE_PRECISION", "CUBLAS_EMULATION_STRATEGY",
    ];

    private readonly List<(string Name, string? Value)> _wanted;

    private NativeEnvironment(List<(string Name, string? Value)> wanted) => _wanted = wanted;

    /// <summary>
    /// What numerics ask for. Without MKL_CBWR, MKL takes the path of the CPU's maker, capped like the others: every value of that variable,
    /// AUTO among them, gives other bits than none.
    /// </summary>
    public static NativeEnvironment For(Numerics numerics)
    {
        List<(string Name, string? Value)> wanted = [.. Forbidden.Select(name => (name, (string?)null))];
        if (numerics.Device == DeviceKind.Cuda)
        {
            // Without it cuBLAS may pick another workspace, and with it another order of sums, from call to call.
            wanted.Add(("CUBLAS_WORKSPACE_CONFIG", ":4096:8"));
            wanted.AddRange(ForbiddenWithGpu.Select(name => (name, (string?)null)));
        }
        else if (RuntimeInformation.ProcessArchitecture == Architecture.X64)
        {
            bool isAvx2 = numerics.DeviceName == "avx2";
            wanted.Insert(0, (CapVariable, isAvx2 ? "avx2" : "default"));
            wanted.Add(("ONEDNN_MAX_CPU_ISA", isAvx2 ? "AVX2" : "SSE41"));
            wanted.Add(("MKL_ENABLE_INSTRUCTIONS", isAvx2 ? "AVX2" : "SSE4_2"));
        }

        return new NativeEnvironment(wanted);
    }

    /// <summary>The first variable that has another value, in words; null when none has.</summary>
    public string? FirstDifference()
    {
        foreach ((string name, string? value) in _wanted)
        {
            if (Get(name) is var found && found != value)
            {
                return $"{(name == CapVariable ? "the cap" : name)} '{found ?? "none"}' instead of '{value ?? "none"}'";
            }
        }

        return null;
    }

    /// <summary>Changes only variables that have other values: other threads may read the environment meanwhile, and nothing locks it.</summary>
    /// <exception cref="SpecException">The environment cannot be changed.</exception>
    public void Set()
    {
        foreach ((string name, string? value) in _wanted.Where(variable => Get(variable.Name) != variable.Value))
        {
            Set(name, value);
        }
    }

    private static string? Get(string name) =>
        OperatingSystem.IsWindows() ? Environment.GetEnvironmentVariable(name) : Marshal.PtrToStringUTF8(GetEnv(name));

    private static void Set(string name, string? value)
    {
        if (OperatingSystem.IsWindows())
        {
            Environment.SetEnvironmentVariable(name, value);
        }
        else if ((value is null ? UnsetEnv(name) : SetEnv(name, value, overwrite: 1)) != 0)
        {
            throw new SpecException(
                $"The environment variable {name} cannot be {(value is null ? "removed; remove it" : $"set; set it to '{value}'")} before starting "
                    + "the process.");
        }
    }

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint GetEnv(string name);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnsetEnv(string name);
}
