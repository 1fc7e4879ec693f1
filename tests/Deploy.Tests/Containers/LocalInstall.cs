using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AdvSeg.Chaos;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Sweeps;
using AdvSeg.Deploy.Tests.Manifests;
using AdvSeg.Servers;
using k8s.Models;

namespace AdvSeg.Deploy.Tests.Containers;

/// <summary>
/// The pods of the overlay <c>local</c> on this machine: each container's command run with what its manifest gives it, each pod an address of
/// its own, services by name. No scheduler and no kubelet: one pod of each Deployment, two workers.
/// </summary>
internal sealed class LocalInstall : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private readonly NetworkLab _lab;
    private readonly string _folder;
    private readonly ClusterObjects _objects = ClusterObjects.Of(new Install("local"));
    private readonly Dictionary<string, ImageFiles> _images = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _versions = [];
    private readonly Dictionary<string, Container> _pods = [];

    /// <exception cref="MissingPartException">No root, no bubblewrap, no server.</exception>
    private LocalInstall(string folder)
    {
        _folder = folder;
        _lab = new NetworkLab("redis", "azurite", "control", "worker-1", "worker-2", "dashboard");
        IEnumerable<string> services = _objects.Of<V1Service>().Where(s => s.Metadata.Name is not "advseg-worker")
            .Select(s => $"{_lab[s.Metadata.Name["advseg-".Length..]].Address} {s.Metadata.Name}");
        File.WriteAllLines(Path.Combine(folder, "hosts"), ["127.0.0.1 localhost", .. services]);
        foreach (V1Secret secret in _objects.Of<V1Secret>())
        {
            DirectoryInfo files = Directory.CreateDirectory(Path.Combine(folder, "secrets", secret.Metadata.Name));
            foreach ((string name, byte[] value) in secret.Data)
            {
                File.WriteAllBytes(Path.Combine(files.FullName, name), value);
            }
        }

        V1Secret admin = _objects.Of<V1Secret>().Single(s => s.Metadata.Name.StartsWith("advseg-admin", StringComparison.Ordinal));
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Encoding.UTF8.GetString(admin.Data["token"]));
    }

    /// <summary>Asks under the service's name, as a pod of the cluster does.</summary>
    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromSeconds(30), DefaultRequestHeaders = { Host = "advseg-dashboard" } };

    public IReadOnlyDictionary<string, Container> Pods => _pods;

    /// <summary>What the images are made of.</summary>
    public string Commit { get; } = BuildContext.Commit();

    /// <summary>What the program of each image said to <c>--version</c>, line by line.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Versions => _versions;

    private Uri Dashboard => new($"http://{_lab["dashboard"].Address}:5080/api/v1/");

    public static async Task<LocalInstall> StartAsync(string folder)
    {
        var install = new LocalInstall(folder);
        try
        {
            string context = BuildContext.CopyTo(Path.Combine(folder, "context"));
            foreach ((string image, string pod) in new[] { ("control", "control"), ("worker-cpu", "worker-1"), ("dashboard", "dashboard") })
            {
                install._images[image] = await ImageFiles.PublishAsync(image, context, install.Commit, folder);
                install._versions[image] = await install.AskVersionAsync(pod);
            }

            await install.StartServersAsync();
            foreach (string pod in new[] { "control", "worker-1", "worker-2", "dashboard" })
            {
                install.StartPod(pod);
            }

            return install;
        }
        catch
        {
            await install.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts, or starts again, a pod that runs a program of AdvSeg's.</summary>
    public void StartPod(string pod)
    {
        (Workload workload, ImageFiles image) = PodOf(pod);
        Dictionary<string, string> environment = new(image.Environment);
        foreach ((string name, string value) in Resolve(workload, _lab[pod]))
        {
            environment[name] = value;
        }

        // A sweep this small would end before its first checkpoint, and nothing could be scraped of it.
        environment["ADVSEG_CHECKPOINT_STEPS"] = "10";
        _pods[pod] = Start(pod, [.. image.EntryPoint, .. workload.Container.Args ?? []], environment);
    }

    private async Task<IReadOnlyList<string>> AskVersionAsync(string pod)
    {
        ImageFiles image = PodOf(pod).Image;
        await using Container asked = Start(pod, [.. image.EntryPoint, "--version"], image.Environment);
        await asked.EndAsync(Limit);
        return [.. asked.Lines];
    }

    private (Workload Workload, ImageFiles Image) PodOf(string pod)
    {
        Workload workload = _objects.Workloads.Single(w => w.Name == $"advseg-{pod.Split('-')[0]}");
        return (workload, _images[workload.Container.Image.Split('/', ':')[1]]);
    }

    private Container Start(string pod, string[] command, IReadOnlyDictionary<string, string> environment)
    {
        (Workload workload, ImageFiles image) = PodOf(pod);
        return Container.Start(workload, _lab[pod], command, new Dictionary<string, string> { ["/app"] = image.Folder }, environment, _folder);
    }

    public async Task<string> SubmitAsync(string yaml)
    {
        using var body = new StringContent(yaml, Encoding.UTF8, "application/yaml");
        using HttpResponseMessage answer = await Http.PostAsync(new Uri(Dashboard, "sweeps"), body);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<SweepStatus>(text, CanonicalJson.Options)!.Sweep;
    }

    public Task<SweepStatus> WaitAsync(string sweep, Func<SweepStatus, bool> holds, TimeSpan limit) => ClusterUnderTest.EventuallyAsync(async () =>
    {
        using HttpResponseMessage answer = await Http.GetAsync(new Uri(Dashboard, $"sweeps/{sweep}"));
        return answer.IsSuccessStatusCode
            && JsonSerializer.Deserialize<SweepStatus>(await answer.Content.ReadAsStringAsync(), CanonicalJson.Options) is { } status
            && holds(status)
            ? status
            : null;
    }, limit);

    public async ValueTask DisposeAsync()
    {
        foreach (Container pod in _pods.Values)
        {
            await pod.DisposeAsync();
        }

        _lab.Dispose();
        Http.Dispose();
    }

    /// <summary>Redis and Azurite: this machine's programs with the manifests' arguments, mounts and users.</summary>
    private async Task StartServersAsync()
    {
        string azurite = await AzuriteInstall.FindAsync("azurite-blob");
        string node = Path.GetFullPath(Path.Combine(azurite, "..", ".."));
        foreach ((string pod, string program, string said) in new[]
        {
            ("redis", "redis-server", "Ready to accept connections"), ("azurite", azurite, "successfully listen"),
        })
        {
            Workload workload = _objects.Workloads.Single(w => w.Component == pod);
            IReadOnlyDictionary<string, string> environment = Resolve(workload, _lab[pod]);
            Assert.Equal(Path.GetFileName(program), Assert.Single(workload.Container.Command));
            string[] command = [program, .. workload.Container.Args.Select(a => Expand(a, environment))];
            Dictionary<string, string> files = pod == "azurite" ? new() { [node] = node } : [];
            _pods[pod] = Container.Start(workload, _lab[pod], command, files, environment, _folder);
            await _pods[pod].LineAsync(said, Limit);
        }
    }

    /// <summary>The environment with fields, secrets and references resolved, as the kubelet resolves them.</summary>
    private Dictionary<string, string> Resolve(Workload workload, LabHost host)
    {
        Dictionary<string, string> resolved = [];
        foreach (V1EnvFromSource source in workload.Container.EnvFrom ?? [])
        {
            foreach ((string name, string value) in _objects.Named<V1ConfigMap>(source.ConfigMapRef.Name).Data)
            {
                resolved[name] = value;
            }
        }

        foreach (V1EnvVar variable in workload.Container.Env ?? [])
        {
            resolved[variable.Name] = variable switch
            {
                { ValueFrom.FieldRef.FieldPath: "status.podIP" } => host.Address,
                { ValueFrom.SecretKeyRef: { } secret } => Encoding.UTF8.GetString(_objects.Named<V1Secret>(secret.Name).Data[secret.Key]),
                _ => Expand(variable.Value, resolved),
            };
        }

        return resolved;
    }

    private static string Expand(string text, IReadOnlyDictionary<string, string> environment) =>
        environment.Aggregate(text, (done, pair) => done.Replace($"$({pair.Key})", pair.Value, StringComparison.Ordinal));
}
