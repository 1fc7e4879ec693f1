using System.Runtime.InteropServices;

namespace AdvSeg.Silo.Telemetry.Gpu;

/// <summary>One GPU. Every answer is null where the driver or the card cannot tell.</summary>
internal sealed unsafe class NvmlGpu
{
    private const int Success = 0;
    private const ulong XidEvents = 8;
    private readonly nint _device;
    private readonly nint _memory;
    private readonly nint _utilisation;
    private readonly nint _power;
    private readonly nint _ecc;
    private readonly nint _wait;
    private readonly nint _events;

    public NvmlGpu(Nvml nvml, nint device)
    {
        _device = device;
        _memory = nvml.Function("nvmlDeviceGetMemoryInfo");
        _utilisation = nvml.Function("nvmlDeviceGetUtilizationRates");
        _power = nvml.Function("nvmlDeviceGetPowerUsage");
        _ecc = nvml.Function("nvmlDeviceGetTotalEccErrors");
        _wait = nvml.Function("nvmlEventSetWait_v2");
        _events = Listen(nvml);
    }

    /// <summary>Bytes in use and in all.</summary>
    public (long Used, long All)? Memory
    {
        get
        {
            MemoryInfo memory = default;
            return _memory != 0 && ((delegate* unmanaged<nint, MemoryInfo*, int>)_memory)(_device, &memory) == Success
                ? ((long)memory.Used, (long)memory.Total)
                : null;
        }
    }

    /// <summary>Fraction of the last sample period in which a kernel ran, 0 to 1.</summary>
    public double? Utilisation
    {
        get
        {
            Rates rates = default;
            return _utilisation != 0 && ((delegate* unmanaged<nint, Rates*, int>)_utilisation)(_device, &rates) == Success
                ? rates.Gpu / 100.0
                : null;
        }
    }

    /// <summary>Watts.</summary>
    public double? Power
    {
        get
        {
            uint milliwatts = 0;
            return _power != 0 && ((delegate* unmanaged<nint, uint*, int>)_power)(_device, &milliwatts) == Success ? milliwatts / 1000.0 : null;
        }
    }

    /// <summary>ECC errors of all memories over the card's life.</summary>
    public long? EccErrors(bool corrected)
    {
        const int OverItsLife = 1;
        ulong errors = 0;
        return _ecc != 0
            && ((delegate* unmanaged<nint, int, int, ulong*, int>)_ecc)(_device, corrected ? 0 : 1, OverItsLife, &errors) == Success
            ? (long)errors
            : null;
    }

    /// <summary>Xid errors that came since the last call, by number; does not wait.</summary>
    public IEnumerable<ulong> NewXids()
    {
        while (NextXid() is { } xid)
        {
            yield return xid;
        }
    }

    public bool TellsXids => _events != 0;

    private ulong? NextXid()
    {
        EventData data = default;
        return _events != 0 && ((delegate* unmanaged<nint, EventData*, uint, int>)_wait)(_events, &data, 0) == Success ? data.Data : null;
    }

    private nint Listen(Nvml nvml)
    {
        nint create = nvml.Function("nvmlEventSetCreate"), register = nvml.Function("nvmlDeviceRegisterEvents");
        nint events = 0;
        bool listens = _wait != 0 && create != 0 && register != 0
            && ((delegate* unmanaged<nint*, int>)create)(&events) == Success
            && ((delegate* unmanaged<nint, ulong, nint, int>)register)(_device, XidEvents, events) == Success;
        return listens ? events : 0;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MemoryInfo
    {
        public ulong Total;
        public ulong Free;
        public ulong Used;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Rates
    {
        public uint Gpu;
        public uint Memory;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct EventData
    {
        public nint Device;
        public ulong Type;
        public ulong Data;
        public uint GpuInstance;
        public uint ComputeInstance;
    }
}
