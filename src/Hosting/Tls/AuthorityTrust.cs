using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AdvSeg.Core.Errors;

namespace AdvSeg.Hosting.Tls;

/// <summary>Knows a server, Redis for one, by the CA of a file instead of the machine's.</summary>
public static class AuthorityTrust
{
    private const string ForServers = "1.3.6.1.5.5.7.3.1";

    /// <summary>Whether a server's certificate is for the name that was asked for and signed by that CA.</summary>
    /// <param name="setting">What names the file, for messages.</param>
    /// <param name="path">PEM.</param>
    /// <exception cref="SpecException">The file holds no certificate.</exception>
    public static RemoteCertificateValidationCallback Of(string setting, string path)
    {
        X509Certificate2Collection trusted = CertificateFiles.LoadAuthorities(setting, path);
        return (_, certificate, _, errors) => certificate is not null
            && (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None
            && IsSigned(certificate, trusted);
    }

    private static bool IsSigned(X509Certificate certificate, X509Certificate2Collection trusted)
    {
        using var copy = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ForServers));
        return chain.Build(copy);
    }
}
