using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Training;
using AdvSeg.Training.Native;
using TorchSharp;

// Prints the canary of a process capped at CAP: CAP [late]. With "late" libtorch is loaded before the cap is set, which must be refused.
// CAP THREADS prints the canary of so many threads, "version" the numerics with the version of the libtorch that is loaded.
if (args.Length is < 1 or > 2)
{
    Console.Error.WriteLine("usage: Training.Cap CAP [late]");
    return 2;
}

if (args is [_, "late"])
{
    torch.InitializeDeviceType(DeviceType.CPU);
}

try
{
    if (args is ["version"])
    {
        Console.WriteLine(NativeSetup.OfThisProcess(Numerics.DefaultCpu));
        return 0;
    }

    Numerics numerics =
        Numerics.DefaultCpu with { DeviceName = args[0], Threads = args is [_, var count] && int.TryParse(count, out int threads) ? threads : 1 };
    NativeSetup.Apply(numerics);
    Console.WriteLine(new Trainer(numerics).Canary);
    return 0;
}
catch (SpecException e)
{
    Console.Error.WriteLine(e.Message);
    return 65;
}
