using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace AdvSeg.TestKit;

/// <summary>A certificate authority of one test, and the certificates that it signs.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    /// <param name="name">Of the authority.</param>
    /// <param name="now">Certificates are valid from a day before it to 30 days after it.</param>
    public TestAuthority(string name, DateTimeOffset now)
    {
        Now = now;
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }

    public DateTimeOffset Now { get; }

    public string Pem => _certificate.ExportCertificatePem();

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }

    /// <summary>A certificate for this machine, good for servers and, unless told otherwise, clients, with its key.</summary>
    public (string Certificate, string Key) Sign(string name, DateTimeOffset? until = null, bool forClients = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        OidCollection uses = [new Oid("1.3.6.1.5.5.7.3.1")];
        if (forClients)
        {
            uses.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, critical: false));
        using X509Certificate2 signed = request.Create(_certificate, Now.AddDays(-1), until ?? Now.AddDays(10), RandomNumberGenerator.GetBytes(8));
        return (signed.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>Writes <c>ca.crt</c>, <c>tls.crt</c> and <c>tls.key</c>, as cert-manager names them, into a folder.</summary>
    public void WriteTo(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        (string certificate, string key) = Sign(name);
        File.WriteAllText(Path.Combine(folder, "ca.crt"), Pem);
        File.WriteAllText(Path.Combine(folder, "tls.crt"), certificate);
        File.WriteAllText(Path.Combine(folder, "tls.key"), key);
    }
}
