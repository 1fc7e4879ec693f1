using AdvSeg.Deploy.Tests.Manifests;
using k8s.Models;

namespace AdvSeg.Deploy.Tests.Rules;

/// <summary>The Pod Security Standard "restricted" (kubernetes.io, v1.32), and what AdvSeg asks beyond it.</summary>
public sealed class PodSecurityTests
{
    public static TheoryData<Install> Installs { get; } = [.. Install.All];

    [Theory]
    [MemberData(nameof(Installs))]
    public void Namespace_OfEveryInstall_EnforcesRestricted(Install install)
    {
        V1Namespace space = Assert.Single(ClusterObjects.Of(install).Of<V1Namespace>());
        Assert.Equal("restricted", space.Metadata.Labels["pod-security.kubernetes.io/enforce"]);
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Pod_OfEveryWorkload_IsRestricted(Install install)
    {
        IReadOnlyList<Workload> workloads = ClusterObjects.Of(install).Workloads;
        Assert.NotEmpty(workloads);
        Assert.Empty(workloads.SelectMany(w => Violations(w).Select(v => $"{w.Name}: {v}")));
    }

    [Fact]
    public void Pod_MadeWorseInEveryWay_BreaksEveryRule()
    {
        var worse = new Workload(new V1Deployment { Metadata = new() { Name = "x" }, Spec = new() { Template = new() { Spec = Worst() } } });
        Assert.Equal(18, Violations(worse).Count());
    }

    private static IEnumerable<string> Violations(Workload workload)
    {
        V1PodSpec pod = workload.Pod;
        V1SecurityContext container = workload.Container.SecurityContext ?? new();
        (bool Bad, string What)[] rules =
        [
            (pod.HostNetwork == true, "host network"),
            (pod.HostPID == true, "host processes"),
            (pod.HostIPC == true, "host IPC"),
            (workload.Container.Ports?.Any(p => p.HostPort is not null and not 0) == true, "a host port"),
            (pod.Volumes?.Any(v => v.EmptyDir is null && v.ConfigMap is null && v.Secret is null && v.PersistentVolumeClaim is null) == true,
                "a volume of a forbidden kind"),
            (container.Privileged == true, "privileged"),
            (container.AllowPrivilegeEscalation != false, "privileges may grow"),
            (container.Capabilities?.Drop?.Contains("ALL") != true, "capabilities are kept"),
            (container.Capabilities?.Add is { Count: > 0 }, "capabilities are added"),
            (container.ProcMount is not (null or "Default"), "another /proc"),
            ((container.RunAsNonRoot ?? pod.SecurityContext?.RunAsNonRoot) != true, "may run as root"),
            ((container.RunAsUser ?? pod.SecurityContext?.RunAsUser) is null or 0, "no user, or root"),
            ((container.SeccompProfile ?? pod.SecurityContext?.SeccompProfile)?.Type is not ("RuntimeDefault" or "Localhost"), "no seccomp profile"),
            (pod.SecurityContext?.Sysctls is { Count: > 0 }, "kernel settings"),

            // Beyond the standard.
            (container.ReadOnlyRootFilesystem != true, "a root file system that can be written"),
            (pod.AutomountServiceAccountToken != false, "a token of the API"),
            (pod.EnableServiceLinks != false, "variables of services, which look like settings"),
            (string.IsNullOrEmpty(pod.ServiceAccountName) || pod.ServiceAccountName == "default", "the default account"),
        ];
        return rules.Where(rule => rule.Bad).Select(rule => rule.What);
    }

    private static V1PodSpec Worst() => new()
    {
        HostNetwork = true,
        HostPID = true,
        HostIPC = true,
        SecurityContext = new() { Sysctls = [new() { Name = "kernel.msgmax", Value = "1" }] },
        Volumes = [new() { Name = "root", HostPath = new() { Path = "/" } }],
        Containers =
        [
            new()
            {
                Name = "x",
                Ports = [new() { ContainerPort = 1, HostPort = 1 }],
                SecurityContext = new() { Privileged = true, ProcMount = "Unmasked", Capabilities = new() { Add = ["SYS_ADMIN"] } },
            },
        ],
    };
}
