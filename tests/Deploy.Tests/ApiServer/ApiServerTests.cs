using AdvSeg.Deploy.Tests.Manifests;
using k8s;
using k8s.Models;

namespace AdvSeg.Deploy.Tests.ApiServer;

/// <summary>
/// Every install, given to a real API server: its own validation of names, selectors, ports, probes, quantities and policies, which reading by type
/// does not do. Skipped where <c>kube-apiserver</c> or <c>etcd</c> is not on the PATH.
/// </summary>
[Trait("Category", "Process")]
public sealed class ApiServerTests(ApiServerRun run) : IClassFixture<ApiServerRun>
{
    public static TheoryData<Install> Installs => [.. Install.All];

    [Theory]
    [MemberData(nameof(Installs))]
    public async Task Install_GivenToAnApiServer_IsTakenAndIsWhatItWasGiven(Install install)
    {
        run.SkipWithoutServer();
        string[] served = [.. Kustomize.Render(install).Split("\n---\n").Where(IsServed)];
        string file = Path.Combine(run.Folder, $"{install}.yaml");
        await File.WriteAllTextAsync(file, string.Join("\n---\n", served), TestContext.Current.CancellationToken);

        (int applied, string output) = await run.Server.KubectlAsync("apply", "--validate=true", "-f", file);
        (int differs, string difference) = await run.Server.KubectlAsync("diff", "-f", file);

        Assert.True(applied == 0, output);
        Assert.DoesNotContain("Warning:", output, StringComparison.Ordinal);
        Assert.Equal(served.Length, output.Split('\n').Length);
        Assert.True(differs == 0, difference);
    }

    /// <summary>The test above can fail: it is the server that judges.</summary>
    [Fact]
    public async Task Deployment_WhoseSelectorMissesItsPods_IsRefusedByTheServer()
    {
        run.SkipWithoutServer();
        string text = Kustomize.Render(new Install("local"));
        var deployment = ClusterObjects.Parse(text).Of<V1Deployment>().First(d => d.Metadata.Name == "advseg-control");
        deployment.Spec.Selector.MatchLabels["app.kubernetes.io/component"] = "another";
        deployment.Metadata.NamespaceProperty = "default";
        string file = Path.Combine(run.Folder, "wrong.yaml");
        await File.WriteAllTextAsync(file, KubernetesYaml.Serialize(deployment), TestContext.Current.CancellationToken);

        (int code, string output) = await run.Server.KubectlAsync("apply", "-f", file);

        Assert.NotEqual(0, code);
        Assert.Contains("`selector` does not match template `labels`", output, StringComparison.Ordinal);
    }

    /// <summary>Kinds of operators are theirs to serve.</summary>
    private bool IsServed(string document)
    {
        const string Version = "apiVersion: ";
        string group = document.Split('\n').Single(l => l.StartsWith(Version, StringComparison.Ordinal))[Version.Length..];
        return group is "v1" or "apps/v1" or "networking.k8s.io/v1" or "scheduling.k8s.io/v1" || (group is "policy/v1" && run.HasBudgets);
    }
}
