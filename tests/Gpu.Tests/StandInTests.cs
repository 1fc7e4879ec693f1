using System.Diagnostics;

namespace AdvSeg.Gpu.Tests;

/// <summary>What of the script only a GPU's machine executes, on programs and libraries that stand in for NVIDIA's.</summary>
public sealed class StandInTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private static readonly string Scripts = Path.Combine(AppContext.BaseDirectory, "gpu");
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>MPS is started in folders of its own, and ended whatever happens between.</summary>
    [Fact]
    public async Task Mps_ForAPart_IsStartedAndEnded()
    {
        Skip();
        string control = _folder.Under("nvidia-cuda-mps-control");
        File.WriteAllText(control, $$"""
            #!/bin/sh
            [ "$1" = -d ] && echo "start $CUDA_MPS_PIPE_DIRECTORY" >>{{_folder.Path}}/log && exit
            read word
            echo $word >>{{_folder.Path}}/log

            """);

        await RunAsync($$"""
            import os
            os.chmod('{{control}}', 0o700)
            try:
                with beside.mps(host) as extra:
                    assert sorted(extra) == ['CUDA_MPS_LOG_DIRECTORY', 'CUDA_MPS_PIPE_DIRECTORY'], extra
                    raise KeyError('in between')
            except KeyError:
                pass
            """);

        Assert.Equal([$"start {_folder.Path}/scratch/mps", "quit"], await LinesAsync("log"));
    }

    /// <summary>Calls that CUPTI reports are counted by name when they begin, and written when the process ends.</summary>
    [Fact]
    public async Task Calls_ThatCuptiReports_AreCountedByName()
    {
        Skip();
        string cupti = _folder.Under("cupti.c");
        File.WriteAllText(cupti, """
            #include <stdint.h>
            struct data { int site; const char *function; };
            static void (*heard)(void *, int, uint32_t, const struct data *);
            int cuptiSubscribe(void **subscriber, void *callback, void *user) { *subscriber = user; heard = callback; return 0; }
            static void call(uint32_t id, const char *name) {
                struct data enter = { 0, name }, leave = { 1, name };
                heard(0, 1, id, &enter); heard(0, 1, id, &leave);
            }
            int cuptiEnableDomain(uint32_t on, void *subscriber, int domain) {
                for (int i = 0; i < 3; i++) { call(307, "cuLaunchKernel"); }
                call(9, "cuStreamSynchronize");
                return 0;
            }
            """);

        await RunAsync($$"""
            import subprocess
            for source, library in (('{{cupti}}', 'cupti.so'), ('{{Scripts}}/count.c', 'count.so')):
                subprocess.run(['gcc', '-w', '-O1', '-shared', '-fPIC', '-o', '{{_folder.Path}}/' + library, source, '-ldl'], check=True)
            code = "import ctypes; assert ctypes.CDLL('{{_folder.Path}}/count.so').InitializeInjection() == 1"
            subprocess.run([sys.executable, '-c', code], check=True,
                           env={'ADVSEG_CUPTI': '{{_folder.Path}}/cupti.so', 'ADVSEG_COUNTS': '{{_folder.Path}}/counts'})
            """);

        Assert.Equal(["cuLaunchKernel 3", "cuStreamSynchronize 1"], (await LinesAsync("counts")).Order(StringComparer.Ordinal));
    }

    private static void Skip() =>
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists(Python) && File.Exists("/usr/bin/gcc"), "Python or gcc is missing.");

    private Task<string[]> LinesAsync(string file) => File.ReadAllLinesAsync(_folder.Under(file), TestContext.Current.CancellationToken);

    /// <summary>With <c>host</c>, a machine with a GPU by its own word.</summary>
    private async Task RunAsync(string code)
    {
        string script = _folder.Under("script.py");
        await File.WriteAllTextAsync(
            script,
            $"""
            import sys
            sys.path.insert(0, '{Scripts}')
            import beside
            import speed
            from host import Host
            host = Host('{_folder.Path}', 'cuda', sys.executable)
            {code}
            """,
            TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo(Python, [script]) { RedirectStandardError = true };
        start.Environment["PATH"] = $"{_folder.Path}:/usr/bin:/bin";
        using Process process = Process.Start(start)!;
        string error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, error);
    }
}
