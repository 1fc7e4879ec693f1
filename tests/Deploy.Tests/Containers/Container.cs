using System.Globalization;
using AdvSeg.Chaos;
using AdvSeg.Deploy.Tests.Manifests;
using AdvSeg.Servers;
using k8s.Models;

namespace AdvSeg.Deploy.Tests.Containers;

/// <summary>
/// A pod's container as the kubelet starts it, with bubblewrap in place of a runtime: the manifest's user, environment and mounts, a root that
/// cannot be written, namespaces of its own for processes and users, the network of its pod. This machine's /usr stands for the base image.
/// </summary>
internal sealed class Container : IAsyncDisposable
{
    private readonly LoggedProcess _process;

    private Container(Workload workload, LabHost host, LoggedProcess process) => (Workload, Host, _process) = (workload, host, process);

    public Workload Workload { get; }

    public LabHost Host { get; }

    public IReadOnlyList<string> Lines => _process.Lines;

    public bool HasExited => _process.HasExited;

    /// <param name="workload">Whose pod it is.</param>
    /// <param name="host">The pod's network.</param>
    /// <param name="command">The image's program, when the manifest names none, and arguments before the manifest's.</param>
    /// <param name="files">Folders that lie in the image, at the same path unless mapped.</param>
    /// <param name="environment">The image's variables and the manifest's, references resolved.</param>
    /// <param name="folder">For what the node keeps: names of services, volumes, logs.</param>
    public static Container Start(
        Workload workload,
        LabHost host,
        string[] command,
        IReadOnlyDictionary<string, string> files,
        IReadOnlyDictionary<string, string> environment,
        string folder)
    {
        string user = Number(workload.Pod.SecurityContext.RunAsUser), group = Number(workload.Pod.SecurityContext.RunAsGroup);
        List<string> words =
        [
            .. host.Launcher, "bwrap", "--die-with-parent", "--as-pid-1", "--unshare-user", "--unshare-pid", "--unshare-ipc",
            "--uid", user, "--gid", group,
            "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64", "--symlink", "usr/bin", "/bin",
            "--proc", "/proc", "--dev", "/dev", "--ro-bind", Path.Combine(folder, "hosts"), "/etc/hosts",
        ];
        foreach ((string inside, string outside) in files)
        {
            words.AddRange(["--ro-bind", outside, inside]);
        }

        foreach (V1VolumeMount mount in workload.Container.VolumeMounts ?? [])
        {
            V1Volume volume = workload.Pod.Volumes.Single(v => v.Name == mount.Name);
            if (volume.EmptyDir is not null)
            {
                words.AddRange(["--tmpfs", mount.MountPath]);
                continue;
            }

            if (volume.Secret is { } secret)
            {
                words.AddRange(["--ro-bind", Path.Combine(folder, "secrets", secret.SecretName), mount.MountPath]);
                continue;
            }

            string claimed = Path.Combine(folder, "volumes", volume.PersistentVolumeClaim.ClaimName);
            words.AddRange(["--bind", Directory.CreateDirectory(claimed).FullName, mount.MountPath]);
        }

        words.AddRange(["--remount-ro", "/", "--clearenv", "--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin"]);
        foreach ((string name, string value) in environment)
        {
            words.AddRange(["--setenv", name, value]);
        }

        words.AddRange(["--chdir", files.ContainsKey("/app") ? "/app" : "/", "--", .. command]);
        string log = Path.Combine(folder, $"{host.Name}.log");
        return new Container(workload, host, LaunchThread.Run(() => LoggedProcess.Start(words[0], words[1..], logFile: log)));
    }

    /// <summary>Asks what the kubelet asks until it is answered with 200.</summary>
    public async Task ReadyAsync(HttpClient http, V1Probe probe, TimeSpan limit)
    {
        var address = new Uri($"http://{Host.Address}:{Workload.PortOf(probe.HttpGet.Port.Value)}{probe.HttpGet.Path}");
        using var timeout = new CancellationTokenSource(limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        string last = "nothing";
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            try
            {
                using HttpResponseMessage answer = await http.GetAsync(address, CancellationToken.None);
                if (answer.IsSuccessStatusCode)
                {
                    return;
                }

                last = $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(CancellationToken.None)}";
            }
            catch (HttpRequestException e)
            {
                last = e.Message;
            }

            Assert.False(HasExited, $"{Host.Name} ended with {(HasExited ? _process.ExitCode : 0)}:\n{string.Join('\n', Lines.TakeLast(20))}");
            Assert.False(timeout.IsCancellationRequested, $"{address} answered {last}:\n{string.Join('\n', Lines.TakeLast(20))}");
        }
    }

    public Task<string> LineAsync(string part, TimeSpan limit) => _process.LineAsync(l => l.Contains(part, StringComparison.Ordinal), limit);

    /// <summary>Waits until it has ended by itself; its exit code.</summary>
    public Task<int> EndAsync(TimeSpan limit) => _process.EndAsync(limit);

    /// <summary>SIGTERM to the container's first process, as the kubelet sends it; its exit code.</summary>
    public async Task<int> TerminateAsync(TimeSpan grace)
    {
        await using LoggedProcess kill = LoggedProcess.Start("kill", ["-TERM", $"{Inner()}"]);
        await kill.EndAsync(TimeSpan.FromSeconds(10));
        return await _process.EndAsync(grace);
    }

    /// <summary>SIGKILL, as the kernel sends it when memory is short.</summary>
    public async Task KillAsync()
    {
        await using LoggedProcess kill = LoggedProcess.Start("kill", ["-KILL", $"{Inner()}"]);
        await kill.EndAsync(TimeSpan.FromSeconds(10));
        await _process.EndAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>The most memory it has had, in bytes.</summary>
    public long PeakMemory()
    {
        string line = StatusOf(Inner()).Single(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }

    /// <summary>Capabilities that the process could use, as the kernel shows them.</summary>
    public string Capabilities() => StatusOf(Inner()).Single(l => l.StartsWith("CapEff:", StringComparison.Ordinal)).Split('\t')[1];

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private int Inner()
    {
        string children = File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children");
        return int.Parse(children.Split(' ')[0], CultureInfo.InvariantCulture);
    }

    private static string[] StatusOf(int process) => File.ReadAllLines($"/proc/{process}/status");

    private static string Number(long? value) => value!.Value.ToString(CultureInfo.InvariantCulture);
}
