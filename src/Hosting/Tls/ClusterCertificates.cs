using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using AdvSeg.Core.Errors;

namespace AdvSeg.Hosting.Tls;

/// <summary>
/// The certificates among a cluster's hosts: the one that this host shows, and those that it lets in. Every holder of a certificate of the cluster's
/// CA is let in, under any name, because addresses of silos come and go; so the CA must sign for this cluster alone. Files that change (cert-manager,
/// a rotation) are read again at the next connection; while the new ones cannot be used, those before stay.
/// </summary>
public sealed class ClusterCertificates : ICertificateSource
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
    private string? _problem;
    private long _lookedAt;

    /// <exception cref="SpecException">The files cannot be used; the message names setting and path and nothing that is in them.</exception>
    public ClusterCertificates(CertificateFiles files, TimeProvider clock)
    {
        (_files, _clock) = (files, clock);
        // The version is taken before the content: files that change in between are read again at the next look.
        _version = files.Version();
        (_own, _trusted) = Usable();
        _lookedAt = clock.GetTimestamp();
    }

    public string? Problem
    {
        get
        {
            Refresh();
            return _problem;
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
        return IsSigned(certificate, _trusted);
    }

    private bool IsSigned(X509Certificate2 certificate, X509Certificate2Collection trusted)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
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
                    (_own, _trusted) = Usable();
                    _version = version;
                }

                _problem = null;
            }
            catch (SpecException e)
            {
                // In the middle of being changed, or wrong: what was good stays, and the next connection looks again.
                _problem = e.Message;
            }
        }
    }

    /// <exception cref="SpecException">The files cannot be read, or no other silo would let their holder in.</exception>
    private (X509Certificate2 Own, X509Certificate2Collection Trusted) Usable()
    {
        (X509Certificate2 own, X509Certificate2Collection trusted) = _files.Load();
        return IsSigned(own, trusted)
            ? (own, trusted)
            : throw new SpecException(
                $"The certificate of {CertificateFiles.CertificateSetting} ({_files.Certificate}) is not signed by "
                    + $"{CertificateFiles.AuthoritySetting} ({_files.Authority}), has expired or is not yet valid ({own.NotBefore:yyyy-MM-dd} to "
                    + $"{own.NotAfter:yyyy-MM-dd}), or is not for clients and servers: no other silo would let this one in.");
    }
}
