using AdvSeg.Deploy.Tests.Manifests;
using k8s.Models;

namespace AdvSeg.Deploy.Tests.Rules;

/// <summary>Labels, selectors, ports and names of an install point at each other.</summary>
public sealed class WiringTests
{
    public static TheoryData<Install> Installs { get; } = [.. Install.All];

    [Theory]
    [MemberData(nameof(Installs))]
    public void Service_OfEveryInstall_HasPodsWithItsPorts(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        foreach (V1Service service in objects.Of<V1Service>())
        {
            Workload[] behind = [.. objects.Workloads.Where(w => ClusterObjects.Selects(new() { MatchLabels = service.Spec.Selector }, w.Labels))];
            Assert.NotEmpty(behind);
            Assert.All(behind, w => Assert.All(service.Spec.Ports, p => Assert.NotNull(w.PortOf(p.TargetPort.Value))));
            Assert.Equal("ClusterIP", service.Spec.Type);
        }
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Selector_OfADeploymentOrBudget_SelectsItsOwnPodsOnly(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        Assert.All(objects.Workloads, w => Assert.Equal(
            [w.Name], objects.Workloads.Where(o => ClusterObjects.Selects(w.Deployment.Spec.Selector, o.Labels)).Select(o => o.Name)));
        Assert.All(objects.Of<V1PodDisruptionBudget>(), b => Assert.All(
            objects.Workloads.Where(w => ClusterObjects.Selects(b.Spec.Selector, w.Labels)), w => Assert.StartsWith(b.Metadata.Name, w.Name)));
        Assert.All(objects.Workloads.Where(w => w.IsOwn), w => Assert.Contains(
            objects.Of<V1PodDisruptionBudget>(), b => ClusterObjects.Selects(b.Spec.Selector, w.Labels)));
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Probe_OfEveryContainer_AsksAPortThatItHas(Install install) => Assert.All(ClusterObjects.Of(install).Workloads, w =>
    {
        Assert.NotNull(w.Container.ReadinessProbe);
        Assert.NotNull(w.Container.LivenessProbe);
        foreach (V1Probe probe in new[] { w.Container.StartupProbe, w.Container.LivenessProbe, w.Container.ReadinessProbe }.OfType<V1Probe>())
        {
            string? port = probe.HttpGet?.Port?.Value ?? probe.TcpSocket?.Port?.Value;
            Assert.True(probe.Exec is not null || w.PortOf(port!) is not null, $"{w.Name} has no port {port}");
            Assert.True(!w.IsOwn || probe.HttpGet?.Path is "/healthz/live" or "/healthz/ready", $"{w.Name} is asked for {probe.HttpGet?.Path}");
        }

        Assert.True(!w.IsOwn || w.Container.ReadinessProbe.HttpGet.Path == "/healthz/ready");
        Assert.True(!w.IsOwn || w.Container.LivenessProbe.HttpGet.Path == "/healthz/live");
    });

    [Theory]
    [MemberData(nameof(Installs))]
    public void Reference_ToAnAccountClassClaimOrConfig_IsToSomethingOfTheInstall(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        Assert.All(objects.Workloads, w =>
        {
            Assert.False(objects.Named<V1ServiceAccount>(w.Pod.ServiceAccountName).AutomountServiceAccountToken);
            Assert.NotNull(objects.Named<V1PriorityClass>(w.Pod.PriorityClassName));
            Assert.All(w.Pod.Volumes?.Where(v => v.PersistentVolumeClaim is not null) ?? [],
                v => Assert.NotNull(objects.Named<V1PersistentVolumeClaim>(v.PersistentVolumeClaim.ClaimName)));
            Assert.All(w.Container.VolumeMounts ?? [], m => Assert.Contains(w.Pod.Volumes ?? [], v => v.Name == m.Name));
            Assert.NotNull(objects.EnvironmentOf(w));
        });
        Assert.Equal(objects.Workloads.Count, objects.Workloads.Select(w => w.Pod.ServiceAccountName).Append("spot").Distinct().Count()
            - (objects.Workloads.Any(w => w.Name.EndsWith("-spot", StringComparison.Ordinal)) ? 0 : 1));
    }

    /// <summary>Secrets that are not in the install are those that the README makes by hand.</summary>
    [Theory]
    [MemberData(nameof(Installs))]
    public void Secret_ThatIsReferredTo_IsThereOrInTheReadme(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        string readme = File.ReadAllText(Path.Combine(Kustomize.Root, "README.md"));
        IEnumerable<V1SecretKeySelector> wanted =
            objects.Workloads.SelectMany(w => w.Container.Env ?? []).Select(e => e.ValueFrom?.SecretKeyRef).OfType<V1SecretKeySelector>();
        IEnumerable<V1SecretKeySelector> inFiles =
            from workload in objects.Workloads
            from volume in workload.Pod.Volumes ?? []
            where volume.Secret is not null
            let mount = workload.Container.VolumeMounts.Single(m => m.Name == volume.Name)
            from path in objects.EnvironmentOf(workload).Values
            where path.StartsWith($"{mount.MountPath}/", StringComparison.Ordinal)
            select new V1SecretKeySelector { Name = volume.Secret.SecretName, Key = Path.GetFileName(path) };
        Assert.Equal(install.Overlay == "azure" && !install.Components.Contains("tls"), inFiles.All(s => s.Name == "advseg-admin"));
        Assert.All(wanted.Concat(inFiles), s =>
        {
            bool isThere = objects.Of<V1Secret>().Any(o => o.Metadata.Name == s.Name && o.Data.ContainsKey(s.Key))
                || (objects.Of<Certificate>().Any(c => c.Spec.SecretName == s.Name) && s.Key is "tls.crt" or "tls.key" or "ca.crt");
            bool isByHand = readme.Contains($"create secret generic {s.Name}", StringComparison.Ordinal)
                && readme.Contains($"--from-literal={s.Key}=", StringComparison.Ordinal);
            Assert.True(isThere || isByHand, $"nobody makes {s.Name}/{s.Key}");
        });
        Assert.True(install.Overlay != "local" || objects.Of<V1Secret>().Count() == 3);
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Autoscaler_OfTheWorkers_OwnsTheirNumber(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        foreach (ScaledObject scaled in objects.Of<ScaledObject>())
        {
            Assert.Null(objects.Named<V1Deployment>(scaled.Spec.ScaleTargetRef.Name).Spec.Replicas);
        }

        Assert.Equal(install.Components.Contains("keda"), objects.Of<ScaledObject>().Any());
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void ServiceMonitor_OfAnInstall_FindsEveryHostOfAdvSeg(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        foreach (ServiceMonitor monitor in objects.Of<ServiceMonitor>())
        {
            string port = Assert.Single(monitor.Spec.Endpoints).Port;
            V1Service[] found = [.. objects.Of<V1Service>().Where(s => ClusterObjects.Selects(monitor.Spec.Selector, s.Metadata.Labels))];
            Assert.All(found, s => Assert.Contains(s.Spec.Ports, p => p.Name == port));
            Assert.All(objects.Workloads.Where(w => w.IsOwn), w => Assert.Contains(
                found, s => ClusterObjects.Selects(new() { MatchLabels = s.Spec.Selector }, w.Labels)));
        }
    }
}
