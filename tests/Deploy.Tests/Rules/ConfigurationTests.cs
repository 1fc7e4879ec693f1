using System.Net;
using AdvSeg.Core.Specs;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.Deploy.Tests.Manifests;
using Microsoft.Extensions.Configuration;

namespace AdvSeg.Deploy.Tests.Rules;

/// <summary>What the manifests set is what the programs read, and what they read agrees with ports and nodes.</summary>
public sealed class ConfigurationTests
{
    public static TheoryData<Install> Installs { get; } = [.. Install.All];

    [Fact]
    public void Setting_OfAProgram_IsFoundWhereItIsRead()
    {
        Assert.Superset(
            new HashSet<string> { "ADVSEG_ROLE", "ADVSEG_SILO_PORT", "ADVSEG_Lease__TimeToLive", "ADVSEG_OWNER_HOURS" },
            KnownSettings.OfSilo.ToHashSet());
        Assert.Superset(
            new HashSet<string> { "ADVSEG_PORT", "ADVSEG_REDIS", "ADVSEG_Dashboard__AllowedHosts" }, KnownSettings.OfDashboard.ToHashSet());
        Assert.DoesNotContain("ADVSEG_PORT", KnownSettings.OfSilo);
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Variable_ThatIsSet_IsOneThatTheProgramReads(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        string[] unknown =
        [
            .. from workload in objects.Workloads.Where(w => w.IsOwn)
            from name in objects.EnvironmentOf(workload).Keys
            where name.StartsWith("ADVSEG_", StringComparison.Ordinal) && !KnownSettings.Of(workload).Contains(name)
            select $"{workload.Name}: {name}",
        ];
        Assert.Empty(unknown);
    }

    /// <summary>Kubernetes leaves <c>$(NAME)</c> as it is when the name comes later or not at all.</summary>
    [Theory]
    [MemberData(nameof(Installs))]
    public void Reference_InAVariable_IsToAnEarlierOne(Install install)
    {
        foreach (Workload workload in ClusterObjects.Of(install).Workloads)
        {
            List<string> earlier = [];
            foreach (k8s.Models.V1EnvVar variable in workload.Container.Env ?? [])
            {
                string[] used = [.. (variable.Value ?? "").Split("$(").Skip(1).Select(part => part.Split(')')[0])];
                Assert.Subset(earlier.ToHashSet(), used.ToHashSet());
                earlier.Add(variable.Name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Port_InTheEnvironment_IsTheContainersOwn(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        Assert.All(objects.Workloads.Where(w => w.IsOwn), w =>
        {
            SortedDictionary<string, string> environment = objects.EnvironmentOf(w);
            (string Variable, string Port)[] pairs = w.Component switch
            {
                "control" => [("ADVSEG_SILO_PORT", "silo"), ("ADVSEG_GATEWAY_PORT", "gateway"), ("ADVSEG_HTTP", "http")],
                "worker" => [("ADVSEG_SILO_PORT", "silo"), ("ADVSEG_HTTP", "http")],
                _ => [("ADVSEG_PORT", "http")],
            };
            Assert.All(pairs, p => Assert.Equal($"{w.PortOf(p.Port)}", environment[p.Variable].Split(':')[^1]));
            Assert.Equal(pairs.Length, w.Container.Ports.Count);
            Assert.True(!w.IsSilo || (environment["ADVSEG_ADVERTISE"], environment["POD_IP"]) == ("$(POD_IP)", "(field status.podIP)"));
            Assert.True(!w.IsSilo || environment["ADVSEG_ROLE"] == w.Component);
        });
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Host_OfTheCluster_AgreesWithTheOthersOnStoreAndMembership(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        string[] shared =
        [
            "ADVSEG_BLOB", "ADVSEG_BLOB_FILE", "ADVSEG_CONTAINER", "ADVSEG_CLUSTER", "ADVSEG_REDIS", "ADVSEG_REDIS_PASSWORD_FILE", "ADVSEG_TABLES",
        ];
        string[] seen = [.. objects.Workloads.Where(w => w.IsOwn).Select(objects.EnvironmentOf)
            .Select(e => string.Join('\n', shared.Select(name => $"{name}={e.GetValueOrDefault(name)}")))];
        Assert.Single(seen.Distinct());
        SortedDictionary<string, string> one = objects.EnvironmentOf(objects.Workloads.First(w => w.IsOwn));
        Assert.True(one.ContainsKey("ADVSEG_REDIS") != one.ContainsKey("ADVSEG_TABLES"), "membership is in Redis or in tables");
        Assert.True(one.ContainsKey("ADVSEG_BLOB") != one.ContainsKey("ADVSEG_BLOB_FILE"), "the store is named once");
    }

    /// <summary>A secret is in no container's environment: it is a file of a volume, which only the pod's own user can read.</summary>
    [Theory]
    [MemberData(nameof(Installs))]
    public void Secret_OfAProgram_IsAFileOfAMountedSecret(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        foreach (Workload workload in objects.Workloads.Where(w => w.IsOwn))
        {
            SortedDictionary<string, string> environment = objects.EnvironmentOf(workload);
            Assert.DoesNotContain(environment.Values, value => value.StartsWith("(secret ", StringComparison.Ordinal));
            string[] named =
            [
                .. environment.Where(e => e.Key.EndsWith("_FILE", StringComparison.Ordinal) || e.Key == "ADVSEG_TLS_KEY").Select(e => e.Value),
            ];
            Assert.Equal(
                (install.Overlay == "azure" ? 0 : 2) + (install.Components.Contains("tls") ? 1 : 0)
                    + (workload.IsSilo ? 0 : install.Components.Contains("ingress") ? 2 : 1),
                named.Length);
            string[] mounted = [.. from volume in workload.Pod.Volumes where volume.Secret is not null select volume.Name];
            Assert.Equal(
                named.Select(path => Path.GetDirectoryName(path)!).Order(StringComparer.Ordinal),
                workload.Container.VolumeMounts.Where(m => mounted.Contains(m.Name) && m.ReadOnlyProperty == true).Select(m => m.MountPath)
                    .Order(StringComparer.Ordinal));
            Assert.All(workload.Pod.Volumes.Where(v => v.Secret is not null), v => Assert.Equal(0b100_100_000, v.Secret.DefaultMode));
        }
    }

    /// <summary>Every host shows a certificate of the cluster's own CA, which is good for both sides of a connection.</summary>
    [Theory]
    [MemberData(nameof(Installs))]
    public void Tls_OfAnInstall_IsOfAllHostsOrNone(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        string[] settings = ["ADVSEG_TLS_CERTIFICATE", "ADVSEG_TLS_KEY", "ADVSEG_TLS_CA"];
        foreach (SortedDictionary<string, string> environment in objects.Workloads.Where(w => w.IsOwn).Select(objects.EnvironmentOf))
        {
            string[] expected = install.Components.Contains("tls") ? ["tls.crt", "tls.key", "ca.crt"] : [];
            Assert.Equal(expected.Select(f => $"/secrets/tls/{f}"), settings.Where(environment.ContainsKey).Select(s => environment[s]));
        }

        foreach (Certificate inside in objects.Of<Certificate>().Where(c => !c.Spec.IsCA))
        {
            Assert.Superset(new HashSet<string> { "server auth", "client auth" }, inside.Spec.Usages.ToHashSet());
            Issuer issuer = objects.Named<Issuer>(inside.Spec.IssuerRef.Name);
            Certificate authority = objects.Of<Certificate>().Single(c => c.Spec.SecretName == issuer.Spec.Ca!.SecretName);
            Assert.True(authority.Spec.IsCA);
            Assert.NotNull(objects.Named<Issuer>(authority.Spec.IssuerRef.Name).Spec.SelfSigned);
            Assert.DoesNotContain(
                objects.Workloads, w => w.Pod.Volumes?.Any(v => v.Secret?.SecretName == authority.Spec.SecretName) == true);
        }
    }

    /// <summary>A control silo plans with the GPUs that its workers have, and every pool has the same.</summary>
    [Theory]
    [MemberData(nameof(Installs))]
    public void Gpu_OfTheWorkers_IsTheOneThatIsPlannedWith(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        Assert.All(objects.Workloads.Where(w => w.Component == "worker"), w =>
        {
            SortedDictionary<string, string> environment = objects.EnvironmentOf(w);
            bool onGpu = environment.ContainsKey("ADVSEG_GPU");
            Assert.Equal(install.Overlay != "local", onGpu);
            Assert.Equal(onGpu, w.Container.Resources.Limits.ContainsKey("nvidia.com/gpu"));
            Assert.Equal(onGpu ? "advseg/worker-cuda" : "advseg/worker-cpu", w.Container.Image.Split(':')[0]);
            if (onGpu)
            {
                Numerics numerics = Numerics.Parse(environment["ADVSEG_NUMERICS"]);
                Assert.Equal(DeviceKind.Cuda, numerics.Device);
                Assert.Equal(w.Pod.NodeSelector["nvidia.com/gpu.product"], numerics.DeviceName.Replace(' ', '-'));
                Assert.Contains(w.Pod.Tolerations, t => t.Key == "nvidia.com/gpu");
            }
        });
    }

    /// <summary>It listens on a network: whoever reaches it has to show who they are, and an Ingress leads through the login.</summary>
    [Theory]
    [MemberData(nameof(Installs))]
    public void Dashboard_OfAnInstall_HasALogin(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        SortedDictionary<string, string> environment = objects.EnvironmentOf(objects.Workloads.Single(w => w.Component == "dashboard"));
        const string Prefix = "ADVSEG_";
        foreach (string file in environment.Keys.Where(name => name.EndsWith("_FILE", StringComparison.Ordinal)).ToArray())
        {
            environment[file[..^"_FILE".Length]] = "what-the-file-holds-in-a-cluster-of-its-own";
        }

        AccessSettings settings = AccessSettings.From(new ConfigurationBuilder().AddInMemoryCollection(
            environment.Where(e => e.Key.StartsWith(Prefix, StringComparison.Ordinal))
                .Select(e => KeyValuePair.Create(e.Key[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal), (string?)e.Value))).Build());

        settings.RequireFor(IPAddress.Parse(environment["ADVSEG_LISTEN"]), "ADVSEG_LISTEN");
        Assert.Equal("/secrets/admin/token", environment["ADVSEG_ADMIN_TOKEN_FILE"]);
        Assert.Equal(install.Components.Contains("ingress"), settings.Logins.Contains(LoginMethod.Proxy));
        Assert.Equal(install.Components.Contains("ingress"), environment.ContainsKey("ADVSEG_PROXY_SECRET_FILE"));
        Assert.All(objects.Of<k8s.Models.V1Ingress>().SelectMany(i => i.Spec.Rules).SelectMany(r => r.Http.Paths), path =>
            Assert.Equal("advseg-login", path.Backend.Service.Name));
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Dashboard_ByTheNamesOfTheInstall_Answers(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        string hosts = objects.EnvironmentOf(objects.Workloads.Single(w => w.Component == "dashboard"))["ADVSEG_Dashboard__AllowedHosts"];
        IConfiguration configuration =
            new ConfigurationBuilder().AddInMemoryCollection([new("Dashboard:AllowedHosts", hosts)]).Build();
        var settings = DashboardSettings.From(configuration);
        string[] names =
        [
            "localhost", "127.0.0.1", "advseg-dashboard",
            .. objects.Of<k8s.Models.V1Ingress>().SelectMany(i => i.Spec.Rules).Select(r => r.Host),
        ];
        Assert.All(names, name => Assert.True(settings.Allows(name), name));
        Assert.False(settings.Allows("evil.example"));
    }
}
