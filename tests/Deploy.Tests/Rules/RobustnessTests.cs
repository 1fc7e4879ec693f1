using System.Text.RegularExpressions;
using AdvSeg.Deploy.Tests.Manifests;
using AdvSeg.Silo;
using k8s.Models;
using Microsoft.Extensions.Hosting;

namespace AdvSeg.Deploy.Tests.Rules;

/// <summary>Numbers of an install: replicas, grace, resources, images.</summary>
public sealed partial class RobustnessTests
{
    /// <summary>Between the end of a drain and SIGKILL.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(4);

    public static TheoryData<Install> Installs { get; } = [.. Install.All];

    [Theory]
    [MemberData(nameof(Installs))]
    public void GracePeriod_OfEveryHost_IsLongerThanItsStopTakes(Install install) =>
        Assert.All(ClusterObjects.Of(install).Workloads.Where(w => w.IsOwn), w =>
        {
            TimeSpan stop = w.IsSilo ? SiloHosting.DrainTime : new HostOptions().ShutdownTimeout;
            Assert.True(w.Pod.TerminationGracePeriodSeconds >= (stop + Margin).TotalSeconds, $"{w.Name} has {w.Pod.TerminationGracePeriodSeconds} s");
        });

    [Theory]
    [MemberData(nameof(Installs))]
    public void Control_AndDashboard_SurviveTheLossOfANode(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        V1Deployment control = objects.Named<V1Deployment>("advseg-control"), dashboard = objects.Named<V1Deployment>("advseg-dashboard");
        Assert.Equal((2, 2), (control.Spec.Replicas, dashboard.Spec.Replicas));
        V1PodAntiAffinity apart = control.Spec.Template.Spec.Affinity.PodAntiAffinity;
        Assert.Equal(install.Overlay != "local", apart.RequiredDuringSchedulingIgnoredDuringExecution is { Count: 1 });
        Assert.Equal(install.Overlay == "local", apart.PreferredDuringSchedulingIgnoredDuringExecution is { Count: 1 });
        Assert.Equal("kubernetes.io/hostname", Assert.Single(dashboard.Spec.Template.Spec.TopologySpreadConstraints).TopologyKey);
    }

    /// <summary>Control silos of two releases never run at the same time.</summary>
    [Theory]
    [MemberData(nameof(Installs))]
    public void Strategy_OfTheControlSilos_IsAllAtOnce(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        Assert.Equal("Recreate", objects.Named<V1Deployment>("advseg-control").Spec.Strategy.Type);
        Assert.Equal("0", objects.Named<V1Deployment>("advseg-worker").Spec.Strategy.RollingUpdate.MaxSurge.Value);
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Container_OfEveryWorkload_HasRequestsAndLimits(Install install) =>
        Assert.All(ClusterObjects.Of(install).Workloads, w =>
        {
            foreach (string resource in new[] { "cpu", "memory", "ephemeral-storage" })
            {
                decimal request = w.Container.Resources.Requests[resource].ToDecimal(), limit = w.Container.Resources.Limits[resource].ToDecimal();
                Assert.True(request > 0 && request <= limit, $"{w.Name}: {resource} {request} of {limit}");
            }

            decimal volumes = (w.Pod.Volumes ?? []).Where(v => v.EmptyDir is not null).Sum(v => v.EmptyDir.SizeLimit.ToDecimal());
            Assert.True(!w.IsOwn || volumes <= w.Container.Resources.Limits["ephemeral-storage"].ToDecimal(), w.Name);
        });

    [Theory]
    [MemberData(nameof(Installs))]
    public void Image_OfEveryContainer_HasAnExactVersion(Install install)
    {
        string version = Version().Match(Checkout.Read("Directory.Build.props")).Groups[1].Value;
        string azurite = AzuriteVersion().Match(Checkout.Read("tests", "Servers", "AzuriteInstall.cs")).Groups[1].Value;
        Assert.All(ClusterObjects.Of(install).Workloads, w =>
        {
            string tag = w.Container.Image.Split(':')[^1];
            Assert.Matches(@"^v?\d+\.\d+\.\d+", tag);
            Assert.True(!w.IsOwn || tag == version, $"{w.Container.Image} is not {version}");
            Assert.True(w.Component != "azurite" || tag == azurite, $"tests run azurite {azurite}, not {tag}");
        });
    }

    /// <summary>A worker may be long in starting (its canary trains) and slow to answer while it trains; neither restarts it.</summary>
    [Theory]
    [MemberData(nameof(Installs))]
    public void Probe_OfASilo_IsPatient(Install install) =>
        Assert.All(ClusterObjects.Of(install).Workloads.Where(w => w.IsSilo), w =>
        {
            V1Probe start = w.Container.StartupProbe, live = w.Container.LivenessProbe;
            Assert.True(start.PeriodSeconds * start.FailureThreshold >= 120, $"{w.Name} must start too fast");
            Assert.True(live.PeriodSeconds * live.FailureThreshold >= 30);
        });

    [GeneratedRegex("<Version>(.+?)</Version>")]
    private static partial Regex Version();

    [GeneratedRegex("Version = \"(.+?)\"")]
    private static partial Regex AzuriteVersion();
}
