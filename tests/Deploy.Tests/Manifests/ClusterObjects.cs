using System.Collections.Concurrent;
using k8s;
using k8s.Models;

namespace AdvSeg.Deploy.Tests.Manifests;

/// <summary>A Deployment's pods.</summary>
internal sealed record Workload(V1Deployment Deployment)
{
    public string Name => Deployment.Metadata.Name;

    public V1PodSpec Pod => Deployment.Spec.Template.Spec;

    public IDictionary<string, string> Labels => Deployment.Spec.Template.Metadata.Labels;

    public string Component => Labels["app.kubernetes.io/component"];

    public V1Container Container => Assert.Single(Pod.Containers);

    /// <summary>One that runs a program of AdvSeg's own.</summary>
    public bool IsOwn => Container.Image.StartsWith("advseg/", StringComparison.Ordinal);

    public bool IsSilo => Component is "control" or "worker";

    /// <summary>The number of a port that is named or numbered.</summary>
    public int? PortOf(string nameOrNumber) =>
        Container.Ports.FirstOrDefault(p => p.Name == nameOrNumber || $"{p.ContainerPort}" == nameOrNumber)?.ContainerPort;
}

/// <summary>Every object of an install, read strictly: an unknown field, a value of another type or a key given twice is an error.</summary>
internal sealed class ClusterObjects
{
    private static readonly ConcurrentDictionary<string, ClusterObjects> Read = new();

    private ClusterObjects(IReadOnlyList<object> all)
    {
        All = all;
        Workloads = [.. Of<V1Deployment>().Select(d => new Workload(d))];
    }

    public IReadOnlyList<object> All { get; }

    public IReadOnlyList<Workload> Workloads { get; }

    public static ClusterObjects Of(Install install) => Read.GetOrAdd(install.ToString(), _ => Parse(Kustomize.Render(install)));

    public static ClusterObjects Parse(string yaml) =>
        new(KubernetesYaml.LoadAllFromString(yaml, CustomResources.Types.ToDictionary(), strict: true));

    public IEnumerable<T> Of<T>() => All.OfType<T>();

    public T Named<T>(string name)
        where T : IMetadata<V1ObjectMeta> => Of<T>().Single(o => o.Metadata.Name == name);

    /// <summary>What the container of a workload finds in its environment, references to secrets as <c>(secret NAME/KEY)</c>.</summary>
    public SortedDictionary<string, string> EnvironmentOf(Workload workload)
    {
        SortedDictionary<string, string> environment = new(StringComparer.Ordinal);
        foreach (V1EnvFromSource source in workload.Container.EnvFrom ?? [])
        {
            foreach ((string name, string value) in Named<V1ConfigMap>(source.ConfigMapRef.Name).Data)
            {
                environment[name] = value;
            }
        }

        foreach (V1EnvVar variable in workload.Container.Env ?? [])
        {
            environment[variable.Name] = variable switch
            {
                { ValueFrom.FieldRef.FieldPath: var path } => $"(field {path})",
                { ValueFrom.SecretKeyRef: { } secret } => $"(secret {secret.Name}/{secret.Key})",
                _ => variable.Value,
            };
        }

        return environment;
    }

    public static bool Selects(V1LabelSelector selector, IDictionary<string, string> labels) =>
        (selector.MatchLabels ?? new Dictionary<string, string>()).All(pair => labels.TryGetValue(pair.Key, out string? value) && value == pair.Value)
        && (selector.MatchExpressions ?? []).All(e => e.OperatorProperty switch
        {
            "In" => labels.TryGetValue(e.Key, out string? value) && e.Values.Contains(value),
            "Exists" => labels.ContainsKey(e.Key),
            _ => throw new InvalidOperationException($"the operator {e.OperatorProperty} is not known here"),
        });
}
