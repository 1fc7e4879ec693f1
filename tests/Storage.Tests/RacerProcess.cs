using System.Diagnostics;

namespace AdvSeg.Storage.Tests;

/// <summary>A real second process that works on the same folder (tests/Storage.Racer).</summary>
public sealed class RacerProcess : IDisposable
{
    private readonly Process _process;

    private RacerProcess(Process process) => _process = process;

    public int Pid => _process.Id;

    /// <summary>Starts it; returned when it is ready.</summary>
    public static async Task<RacerProcess> StartAsync(params string[] arguments)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "AdvSeg.Storage.Racer.dll");
        var start = new ProcessStartInfo(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath : "dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (string argument in (string[])["exec", program, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        var racer = new RacerProcess(Process.Start(start)!);
        Assert.Equal("ready", await racer.ReadLineAsync());
        return racer;
    }

    public async Task<string?> ReadLineAsync() => await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);

    public void Go()
    {
        _process.StandardInput.WriteLine();
        _process.StandardInput.Flush();
    }

    /// <summary>SIGKILL; returned when the process is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
