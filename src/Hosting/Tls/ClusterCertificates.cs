using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AdvSeg.Core.Errors;

namespace AdvSeg.Hosting.Tls;

/// <summary>
/// The certificates of a cluster's inside: what this host shows, and who gets in. Whoever has a certificate of the cluster's CA is of the
/// cluster, under any name, because addresses of silos come and go; so the CA must sign for this cluster alone. Files that change (cert-manager,
/// a rotation) are read again at the next connection; while new ones cannot be used, those before stay.
/// </summary>
public sealed class ClusterCertificates
{
    /// <summary>The name that a connection asks for. Nobody checks it.</summary>
    public const string Name = "advseg";

    /// <summary>Silos are server and client to each other, so each certificate must be good for a client.</summary>
    private const string ForClients = "1.3.6.1.5.5.7.3.2";
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly CertificateFiles _files;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private X509Certificate2 _own;
    private X509Certificate2Collection _trusted;
    private string _version;
    private long _lookedAt;

    /// <exception cref="SpecException">The files cannot be used; the message names setting and path and nothing that is in them.</exception>
    public ClusterCertificates(CertificateFiles files, TimeProvider clock)
    {
        (_files, _clock) = (files, clock);
        (_own, _trusted) = files.Load();
        _version = files.Version();
        _lookedAt = clock.GetTimestamp();
        if (!IsTrusted(_own))
        {
            throw new SpecException(
                $"The certificate of {CertificateFiles.CertificateSetting} ({files.Certificate}) is not signed by "
                    + $"{CertificateFiles.AuthoritySetting} ({files.Authority}), has expired or is not yet valid ({_own.NotBefore:yyyy-MM-dd} to "
                    + $"{_own.NotAfter:yyyy-MM-dd}), or is not for clients and servers: no other silo would let this one in.");
        }
    }

    /// <summary>What this host shows.</summary>
    public X509Certificate2 Own
    {
        get
        {
            Refresh();
            return _own;
        }
    }

    /// <summary>Whether the holder of a certificate is of this cluster.</summary>
    public bool IsTrusted(X509Certificate2 certificate)
    {
        Refresh();
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = _clock.GetUtcNow().UtcDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ForClients));
        return chain.Build(certificate);
    }

    private void Refresh()
    {
        lock (_lock)
        {
            if (_clock.GetElapsedTime(_lookedAt) < LookAgain)
            {
                return;
            }

            _lookedAt = _clock.GetTimestamp();
            try
            {
                string version = _files.Version();
                if (version != _version)
                {
                    (_own, _trusted) = _files.Load();
                    _version = version;
                }
            }
            catch (SpecException)
            {
                // In the middle of being changed: the next connection looks again.
            }
        }
    }
}
