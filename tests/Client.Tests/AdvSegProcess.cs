using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AdvSeg.Client.Tests;

/// <summary>How a command ended and what it wrote.</summary>
internal sealed record CommandResult(int ExitCode, string Out, string Error)
{
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The built <c>advseg</c> in a process of its own, with redirected streams: what a script sees.</summary>
internal sealed class AdvSegProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _out;
    private readonly Task<string> _error;

    private AdvSegProcess(Process process)
    {
        _process = process;
        _out = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    public static AdvSegProcess Start(string folder, IReadOnlyDictionary<string, string>? environment, params string[] args) =>
        StartProgram("dotnet", folder, environment, [Program, .. args]);

    /// <summary>The same through a shell, which can limit it and close its streams: the script runs <c>"$0" "$1"</c>.</summary>
    public static AdvSegProcess StartShell(string folder, string script) => StartProgram("bash", folder, null, ["-c", script, "dotnet", Program]);

    private static string Program => Path.Combine(AppContext.BaseDirectory, "advseg.dll");

    private static AdvSegProcess StartProgram(
        string program, string folder, IReadOnlyDictionary<string, string>? environment, IReadOnlyList<string> args)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder,
        };
        foreach (string arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        foreach (string variable in new[] { "ADVSEG_SERVER", "ADVSEG_DATA", "ADVSEG_DEBUG", "ADVSEG_FAILPOINT", "NO_COLOR" })
        {
            start.Environment.Remove(variable);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new AdvSegProcess(Process.Start(start)!);
    }

    public static Task<CommandResult> RunAsync(params string[] args) => RunInAsync(Path.GetTempPath(), args);

    public static async Task<CommandResult> RunInAsync(string folder, params string[] args)
    {
        using AdvSegProcess process = Start(folder, null, args);
        return await process.EndAsync(TimeSpan.FromMinutes(2));
    }

    public async Task<CommandResult> EndAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw new TimeoutException($"advseg did not end within {limit}. stderr: {await _error}");
        }

        return new CommandResult(_process.ExitCode, await _out, await _error);
    }

    public bool HasExited => _process.HasExited;

    /// <summary>SIGKILL, as the kernel or an operator would.</summary>
    public void Kill() => _process.Kill();

    public void Signal(int signal) => Assert.Equal(0, SendSignal(_process.Id, signal));

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int pid, int signal);
}
