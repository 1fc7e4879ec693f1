using System.Runtime.InteropServices;

namespace AdvSeg.Training.Native;

/// <summary>Which libtorch a process has: the library itself is asked, because a file beside it may be of another.</summary>
internal static unsafe class LibtorchVersion
{
    /// <summary>Such as 2.10.0; null where there is no libtorch, or it is older than the question.</summary>
    /// <param name="library">Handle of libtorch_cpu; 0: the one that this program's calls find.</param>
    public static string? Read(nint library)
    {
        string name = OperatingSystem.IsWindows() ? "torch_cpu" : "libtorch_cpu";
        if ((library == 0 && !NativeLibrary.TryLoad(name, typeof(LibtorchVersion).Assembly, null, out library))
            || !NativeLibrary.TryGetExport(library, "aoti_torch_abi_version", out nint ask))
        {
            return null;
        }

        ulong version = ((delegate* unmanaged<ulong>)ask)();
        return $"{version >> 56}.{(version >> 48) & 0xff}.{(version >> 40) & 0xff}";
    }
}
