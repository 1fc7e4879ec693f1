using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Training.Native;

namespace AdvSeg.Silo.Settings;

/// <summary>The GPU that a worker process owns.</summary>
public static partial class GpuDevice
{
    /// <summary>libtorch has a pool of 32 streams: each run's graph takes one, and the canary takes one.</summary>
    private const int MostGraphs = 31;

    /// <summary>The driver takes seconds to answer where it is not kept loaded, and on hosts with many GPUs.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(30);

    /// <summary>The settings of a process that owns this GPU, with one slot.</summary>
    /// <param name="settings">All other settings.</param>
    /// <param name="index">As nvidia-smi numbers them.</param>
    /// <param name="precision">fp32, tf32 or bf16; null is fp32.</param>
    /// <param name="graph">A step is one recorded CUDA graph.</param>
    /// <exception cref="SpecException">There is no such GPU, no driver or no libtorch, or the precision is none.</exception>
    public static SiloSettings Use(SiloSettings settings, int index, string? precision, bool graph) =>
        settings with { Gpu = index, Numerics = NumericsOf(index, precision, graph), Slots = 1 };

    /// <exception cref="SpecException">More runs at a time than there are streams for their graphs.</exception>
    public static int SlotsOf(int slots, bool graph) => !graph || slots <= MostGraphs
        ? slots
        : throw new SpecException($"--graph takes at most {MostGraphs} runs at a time in one process, not --slots {slots}; start further processes.");

    /// <summary>
    /// What this GPU computes with, by the driver's name for it and the libtorch that this process loads. The process owns the GPU from here on,
    /// because <see cref="Own"/> must come before libtorch is loaded.
    /// </summary>
    /// <exception cref="SpecException">There is no such GPU, no driver or no libtorch, or the precision is none.</exception>
    internal static Numerics NumericsOf(int index, string? precision, bool graph)
    {
        Precision bits = (precision ?? "fp32") switch
        {
            "fp32" => Precision.Fp32,
            "tf32" => Precision.Tf32,
            "bf16" => Precision.Bf16,
            var text => throw new SpecException($"'{text}' is not a precision of a GPU worker; use fp32, tf32 or bf16."),
        };
        string name = NameOf(index).Replace('/', '-');
        Own(index);
        return NativeSetup.OfThisProcess(
            Numerics.DefaultCpu with { Device = DeviceKind.Cuda, DeviceName = name, Precision = bits, Graph = graph });
    }

    /// <summary>
    /// Makes this GPU the only one that CUDA shows to this process. It sets the C library's environment, because .NET's is a copy that CUDA never
    /// sees.
    /// </summary>
    private static void Own(int index)
    {
        foreach ((string name, string value) in new[] { ("CUDA_DEVICE_ORDER", "PCI_BUS_ID"), ("CUDA_VISIBLE_DEVICES", $"{index}") })
        {
            if (SetEnv(name, value, overwrite: 1) != 0)
            {
                throw new SpecException($"The environment variable {name} cannot be set; set it to '{value}' before starting the process.");
            }
        }
    }

    /// <summary>All memory of the GPU.</summary>
    /// <exception cref="SpecException">There is no such GPU or no driver.</exception>
    internal static double MegabytesOf(int index)
    {
        string mebibytes = Ask(index, "memory.total");
        return double.TryParse(mebibytes, CultureInfo.InvariantCulture, out double number)
            ? number * 1.048576
            : throw new SpecException($"The driver gives '{mebibytes}' as the memory of GPU {index}; leave --memory-table out.");
    }

    private static string NameOf(int index) => Ask(index, "name");

    private static string Ask(int index, string what)
    {
        try
        {
            var start = new ProcessStartInfo("nvidia-smi", [$"--query-gpu={what}", "--format=csv,noheader,nounits", $"--id={index}"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process process = Process.Start(start)!;
            Task<string> answered = process.StandardOutput.ReadToEndAsync();
            if (!process.WaitForExit(AnswerLimit))
            {
                // A driver that lost its GPU answers nobody: a worker that waits for it would never say why it does not start.
                process.Kill();
                throw new SpecException($"GPU {index} cannot be looked at: nvidia-smi did not answer in {AnswerLimit.TotalSeconds:0} s. "
                    + "Look at the kernel's log for Xid errors; a driver in that state needs a reset of the GPU or of the machine.");
            }

            string answer = answered.Result.Trim();
            return process.ExitCode == 0 && answer.Length > 0
                ? answer
                : throw new SpecException($"There is no GPU {index} here ({answer}); 'nvidia-smi -L' lists those there are.");
        }
        catch (Win32Exception e)
        {
            throw new SpecException($"GPU {index} cannot be looked at: nvidia-smi does not run ({e.Message}). Install the NVIDIA driver, or leave "
                + "--gpu out for CPU slots.", e);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
