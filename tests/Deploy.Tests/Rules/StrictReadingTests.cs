using AdvSeg.Deploy.Tests.Manifests;
using k8s;
using k8s.Models;
using YamlDotNet.Core;

namespace AdvSeg.Deploy.Tests.Rules;

/// <summary>Every install is rendered and read into the API's own types; a check that would accept anything is checked first.</summary>
public sealed class StrictReadingTests
{
    public static TheoryData<Install> Installs { get; } = [.. Install.All];

    [Theory]
    [MemberData(nameof(Installs))]
    public void Install_Rendered_HasOnlyKnownFieldsAndEveryNameOnce(Install install)
    {
        ClusterObjects objects = ClusterObjects.Of(install);
        string[] names = [.. objects.All.Cast<IKubernetesObject>().Select(o => $"{o.Kind}/{((IMetadata<V1ObjectMeta>)o).Metadata.Name}")];
        Assert.True(names.Length > 20);
        Assert.Equal(names.Distinct(), names);
    }

    [Theory]
    [MemberData(nameof(Installs))]
    public void Object_OfTheNamespace_SaysSo(Install install)
    {
        IEnumerable<IMetadata<V1ObjectMeta>> outside = ClusterObjects.Of(install).All.Cast<IMetadata<V1ObjectMeta>>()
            .Where(o => o is not (V1Namespace or V1PriorityClass) && o.Metadata.NamespaceProperty != "advseg");
        Assert.Empty(outside.Select(o => o.Metadata.Name));
    }

    [Theory]
    [InlineData("replicas: 2", "replica: 2")]
    [InlineData("readOnlyRootFilesystem: true", "readOnlyRootFileSystem: true")]
    [InlineData("containerPort: 30000", "containerPort: many")]
    [InlineData("type: Recreate", "type: Recreate\n    kind: Recreate")]
    public void Mistake_InAManifest_IsRefused(string right, string wrong)
    {
        string yaml = Kustomize.Render(new Install("local"));
        Assert.Contains(right, yaml, StringComparison.Ordinal);
        Assert.Throws<YamlException>(() => ClusterObjects.Parse(yaml.Replace(right, wrong, StringComparison.Ordinal)));
    }
}
