using AdvSeg.Hosting.Tls;
using Orleans.Connections.Security;

namespace AdvSeg.Silo.Cluster;

/// <summary>Connections of silos: encrypted, and both sides show a certificate of the cluster's CA.</summary>
internal static class SiloTls
{
    public static ISiloBuilder UseCertificates(this ISiloBuilder silo, ClusterCertificates certificates)
    {
        CertificateWatch.Add(silo.Services, certificates);
        return silo.UseTls(tls => Set(tls, certificates));
    }

    private static void Set(TlsOptions tls, ClusterCertificates certificates)
    {
        tls.LocalServerCertificateSelector = (_, _) => certificates.Own;
        tls.LocalClientCertificateSelector = (_, _, _, _, _) => certificates.Own;
        tls.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        tls.RemoteCertificateValidation = (certificate, _, _) => certificates.IsTrusted(certificate);

        // TLS needs a name, and silos know each other only by addresses that come and go: one fixed name stands for all.
        tls.OnAuthenticateAsClient = (_, client) => client.TargetHost = ClusterCertificates.Name;
    }
}
