using AdvSeg.Deploy.Tests.Manifests;
using k8s.Models;

namespace AdvSeg.Deploy.Tests.Rules;

/// <summary>Who may talk to whom, computed from the policies of an install as a network plugin computes it.</summary>
public sealed class NetworkTests
{
    public static TheoryData<Install> Installs { get; } = [.. Install.All];

    [Theory]
    [MemberData(nameof(Installs))]
    public void Namespace_OfEveryInstall_DeniesWhatIsNotNamed(Install install)
    {
        V1NetworkPolicy deny = ClusterObjects.Of(install).Named<V1NetworkPolicy>("advseg-default-deny");
        Assert.Empty(deny.Spec.PodSelector.MatchLabels ?? new Dictionary<string, string>());
        Assert.Equal(["Egress", "Ingress"], deny.Spec.PolicyTypes.Order());
        Assert.True(deny.Spec.Ingress is null or [] && deny.Spec.Egress is null or []);
    }

    /// <summary>Every pair and port that is open, and no other.</summary>
    [Theory]
    [MemberData(nameof(Installs))]
    public void Connection_BetweenPods_IsOpenExactlyWhereItIsNeeded(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        SortedSet<string> expected = new(StringComparer.Ordinal);
        foreach (string silo in new[] { "control", "worker" })
        {
            expected.UnionWith([$"{silo} -> control:11111", $"{silo} -> worker:11111"]);
        }

        expected.Add("dashboard -> control:30000");
        string[] hosts = ["control", "worker", "dashboard"];
        expected.UnionWith(install.Overlay == "azure" ? [] : hosts.Select(h => $"{h} -> redis:6379"));
        expected.UnionWith(install.Overlay == "local" ? hosts.Select(h => $"{h} -> azurite:10000") : []);
        expected.UnionWith(install.Components.Contains("ingress") ? ["login -> dashboard:5080"] : []);
        SortedSet<string> open = new(
            from a in objects.Workloads
            from b in objects.Workloads
            from port in b.Container.Ports
            where Allows(objects, a, b, port.ContainerPort)
            select $"{a.Component} -> {b.Component}:{port.ContainerPort}", StringComparer.Ordinal);
        Assert.Equal(expected, open);
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Port_OfAPolicy_IsOneThatAPodHas(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        string[] unknown =
        [
            .. from policy in objects.Of<V1NetworkPolicy>()
            from rule in policy.Spec.Ingress ?? []
            from port in rule.Ports
            where !objects.Workloads.Any(w => ClusterObjects.Selects(policy.Spec.PodSelector, w.Labels) && w.PortOf(port.Port.Value) is not null)
            select $"{policy.Metadata.Name}:{port.Port.Value}",
        ];
        Assert.Empty(unknown);
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Outside_TheNamespace_NobodyReachesASiloOrRedis(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        string[] entrances =
        [
            .. from policy in objects.Of<V1NetworkPolicy>()
            from rule in policy.Spec.Ingress ?? []
            where rule.FromProperty is null or [] || rule.FromProperty.Any(p => p.PodSelector is null || p.NamespaceSelector is not null)
            from port in rule.Ports
            select port.Port.Value,
        ];
        Assert.DoesNotContain(entrances, port => port is "11111" or "30000" or "6379" or "10000");
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Egress_OfEveryPod_NeverReachesTheMetadataService(Install install)
    {
        IEnumerable<V1IPBlock> blocks = from policy in ClusterObjects.Of(install).Of<V1NetworkPolicy>()
                                        from rule in policy.Spec.Egress ?? []
                                        from peer in rule.To ?? []
                                        where peer.IpBlock?.Cidr == "0.0.0.0/0"
                                        select peer.IpBlock;
        Assert.NotEmpty(blocks);
        Assert.All(ClusterObjects.Of(install).Of<V1NetworkPolicy>().SelectMany(p => p.Spec.Egress ?? []), rule => Assert.NotEmpty(rule.To ?? []));
        Assert.All(blocks, b => Assert.Contains("169.254.0.0/16", b.Except));
    }

    private static bool Allows(ClusterObjects objects, Workload from, Workload to, int port)
    {
        bool Fits(IList<V1NetworkPolicyPeer>? peers, IList<V1NetworkPolicyPort> ports, Workload other) =>
            ports.Any(p => p.Port.Value == $"{port}")
            && peers?.Any(p => p.NamespaceSelector is null && p.PodSelector is { } pods && ClusterObjects.Selects(pods, other.Labels)) == true;

        IEnumerable<V1NetworkPolicy> Of(Workload w) => objects.Of<V1NetworkPolicy>().Where(p => ClusterObjects.Selects(p.Spec.PodSelector, w.Labels));
        return Of(from).Any(p => p.Spec.Egress?.Any(r => Fits(r.To, r.Ports, to)) == true)
            && Of(to).Any(p => p.Spec.Ingress?.Any(r => Fits(r.FromProperty, r.Ports, from)) == true);
    }
}
