using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Hosting.Tls;

/// <summary>
/// Trusts a server, Redis for one, by the CA of a file instead of the machine's. A file that changes (cert-manager, a rotation) is read again at the
/// next connection; while the new one cannot be used, the last good one stays.
/// </summary>
public sealed class AuthorityTrust : ICertificateSource
{
    private const string ForServers = "1.3.6.1.5.5.7.3.1";

    private readonly string _setting;
    private readonly string _path;
    private readonly Lock _lock = new();
    private X509Certificate2Collection _trusted;
    private string _version;
    private string? _problem;

    /// <param name="setting">What names the file, for messages.</param>
    /// <param name="path">PEM.</param>
    /// <exception cref="SpecException">The file holds no certificate.</exception>
    public AuthorityTrust(string setting, string path)
    {
        (_setting, _path) = (setting, path);
        byte[] pem = CertificateFiles.Bytes(setting, path);
        (_trusted, _version) = (CertificateFiles.ReadAuthorities(setting, path, pem), Digest.Of(pem));
    }

    public string? Problem
    {
        get
        {
            Current();
            return _problem;
        }
    }

    /// <summary>Whether a server's certificate is for the name that was asked for and signed by that CA.</summary>
    public bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => certificate is not null
        && (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None
        && IsSigned(certificate, Current());

    /// <summary>Connections are few, so the file is looked at for each.</summary>
    private X509Certificate2Collection Current()
    {
        lock (_lock)
        {
            try
            {
                byte[] pem = CertificateFiles.Bytes(_setting, _path);
                string version = Digest.Of(pem);
                if (version != _version)
                {
                    (_trusted, _version) = (CertificateFiles.ReadAuthorities(_setting, _path, pem), version);
                }

                _problem = null;
            }
            catch (SpecException e)
            {
                // In the middle of being changed, or wrong: the next connection looks again.
                _problem = e.Message;
            }

            return _trusted;
        }
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
