using k8s;
using k8s.Models;

namespace AdvSeg.Deploy.Tests.Manifests;

/// <summary>
/// The kinds that the Prometheus operator, KEDA and cert-manager bring, as far as AdvSeg uses them: a field that is not here is refused like a wrong
/// one.
/// Fields are those of monitoring.coreos.com/v1 (operator 0.80), keda.sh/v1alpha1 (KEDA 2.16) and cert-manager.io/v1 (1.15).
/// </summary>
internal static class CustomResources
{
    public static readonly IReadOnlyDictionary<string, Type> Types = new Dictionary<string, Type>
    {
        ["monitoring.coreos.com/v1/ServiceMonitor"] = typeof(ServiceMonitor),
        ["monitoring.coreos.com/v1/PrometheusRule"] = typeof(PrometheusRule),
        ["keda.sh/v1alpha1/ScaledObject"] = typeof(ScaledObject),
        ["cert-manager.io/v1/Issuer"] = typeof(Issuer),
        ["cert-manager.io/v1/Certificate"] = typeof(Certificate),
    };
}

internal abstract class CustomResource : IKubernetesObject, IMetadata<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();
}

internal sealed class ServiceMonitor : CustomResource
{
    public ServiceMonitorSpec Spec { get; set; } = new();
}

internal sealed class ServiceMonitorSpec
{
    public V1LabelSelector Selector { get; set; } = new();

    public IList<string> TargetLabels { get; set; } = [];

    public IList<ScrapedPort> Endpoints { get; set; } = [];
}

internal sealed class ScrapedPort
{
    public string Port { get; set; } = "";

    public string Path { get; set; } = "";

    public string Interval { get; set; } = "";

    public string ScrapeTimeout { get; set; } = "";
}

internal sealed class PrometheusRule : CustomResource
{
    public PrometheusRuleSpec Spec { get; set; } = new();
}

internal sealed class PrometheusRuleSpec
{
    public IList<RuleGroup> Groups { get; set; } = [];
}

internal sealed class RuleGroup
{
    public string Name { get; set; } = "";

    public IList<Alert> Rules { get; set; } = [];
}

internal sealed class Alert
{
    [YamlDotNet.Serialization.YamlMember(Alias = "alert")]
    public string Name { get; set; } = "";

    public string Expr { get; set; } = "";

    public string For { get; set; } = "";

    public IDictionary<string, string> Labels { get; set; } = new Dictionary<string, string>();

    public IDictionary<string, string> Annotations { get; set; } = new Dictionary<string, string>();
}

internal sealed class ScaledObject : CustomResource
{
    public ScaledObjectSpec Spec { get; set; } = new();
}

internal sealed class ScaledObjectSpec
{
    public ScaleTarget ScaleTargetRef { get; set; } = new();

    public int MinReplicaCount { get; set; }

    public int MaxReplicaCount { get; set; }

    public int PollingInterval { get; set; }

    public int CooldownPeriod { get; set; }

    public ScaleFallback Fallback { get; set; } = new();

    public ScaleAdvanced Advanced { get; set; } = new();

    public IList<ScaleTrigger> Triggers { get; set; } = [];
}

internal sealed class ScaleTarget
{
    public string Name { get; set; } = "";
}

internal sealed class ScaleFallback
{
    public int FailureThreshold { get; set; }

    public int Replicas { get; set; }

    public string Behavior { get; set; } = "";
}

internal sealed class ScaleAdvanced
{
    public ScaleAutoscaler HorizontalPodAutoscalerConfig { get; set; } = new();
}

internal sealed class ScaleAutoscaler
{
    public V2HorizontalPodAutoscalerBehavior Behavior { get; set; } = new();
}

internal sealed class ScaleTrigger
{
    public string Type { get; set; } = "";

    public string MetricType { get; set; } = "";

    public IDictionary<string, string> Metadata { get; set; } = new Dictionary<string, string>();
}

internal sealed class Issuer : CustomResource
{
    public IssuerSpec Spec { get; set; } = new();
}

internal sealed class IssuerSpec
{
    public IDictionary<string, string>? SelfSigned { get; set; }

    public CertificateAuthority? Ca { get; set; }
}

internal sealed class CertificateAuthority
{
    public string SecretName { get; set; } = "";
}

internal sealed class Certificate : CustomResource
{
    public CertificateSpec Spec { get; set; } = new();
}

internal sealed class CertificateSpec
{
    public bool IsCA { get; set; }

    public string CommonName { get; set; } = "";

    public IList<string> DnsNames { get; set; } = [];

    public string SecretName { get; set; } = "";

    public string Duration { get; set; } = "";

    public string RenewBefore { get; set; } = "";

    public IList<string> Usages { get; set; } = [];

    public CertificateKey PrivateKey { get; set; } = new();

    public IssuerReference IssuerRef { get; set; } = new();
}

internal sealed class CertificateKey
{
    public string Algorithm { get; set; } = "";

    public int Size { get; set; }

    public string Encoding { get; set; } = "";

    public string RotationPolicy { get; set; } = "";
}

internal sealed class IssuerReference
{
    public string Name { get; set; } = "";

    public string Kind { get; set; } = "";

    public string Group { get; set; } = "";
}
