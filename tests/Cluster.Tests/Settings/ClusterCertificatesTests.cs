using System.Security.Cryptography.X509Certificates;
using AdvSeg.Core.Errors;
using AdvSeg.Hosting.Tls;
using Microsoft.Extensions.Time.Testing;

namespace AdvSeg.Cluster.Tests.Settings;

/// <summary>Who is let into a cluster by its certificate, and what is said of files that cannot be used.</summary>
public sealed class ClusterCertificatesTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _clock = new(Now);
    private readonly TempFolder _folder = new();
    private readonly TestAuthority _authority = new("ours", Now);
    private readonly TestAuthority _foreign = new("theirs", Now);

    private CertificateFiles Files => new(_folder.Under("tls.crt"), _folder.Under("tls.key"), _folder.Under("ca.crt"));

    public void Dispose()
    {
        _authority.Dispose();
        _foreign.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Certificate_OfTheClustersAuthority_IsTrusted()
    {
        ClusterCertificates certificates = Open();

        Assert.True(certificates.Own.HasPrivateKey);
        Assert.True(certificates.IsTrusted(Signed(_authority)));
    }

    [Fact]
    public void Certificate_OfAnybodyElse_IsNotTrusted()
    {
        ClusterCertificates certificates = Open();
        using var sameName = new TestAuthority("ours", Now);

        Assert.False(certificates.IsTrusted(Signed(_foreign)));
        Assert.False(certificates.IsTrusted(Signed(sameName)));
        Assert.False(certificates.IsTrusted(X509Certificate2.CreateFromPem(_foreign.Pem)));
        Assert.False(certificates.IsTrusted(Signed(_authority, until: Now.AddHours(-1))));
        Assert.False(certificates.IsTrusted(Signed(_authority, forClients: false)));
    }

    [Fact]
    public void Certificate_OnceExpired_IsNotTrustedAnyMore()
    {
        ClusterCertificates certificates = Open();
        X509Certificate2 brief = Signed(_authority, until: Now.AddHours(1));

        Assert.True(certificates.IsTrusted(brief));
        _clock.Advance(TimeSpan.FromHours(2));
        Assert.False(certificates.IsTrusted(brief));
    }

    [Fact]
    public void Files_ThatChange_AreReadAgainWhole()
    {
        ClusterCertificates certificates = Open();
        string before = certificates.Own.Thumbprint;
        (string certificate, string key) = _authority.Sign("renewed");

        // Half of a rotation: a certificate whose key is not there yet.
        File.WriteAllText(Files.Certificate, certificate);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(before, certificates.Own.Thumbprint);

        File.WriteAllText(Files.Key, key);
        File.WriteAllText(Files.Authority, _authority.Pem + "\n" + _foreign.Pem);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(X509Certificate2.CreateFromPem(certificate).Thumbprint, certificates.Own.Thumbprint);
        Assert.True(certificates.IsTrusted(Signed(_foreign)));
    }

    [Theory]
    [InlineData(true, 10, true)]
    [InlineData(false, -1, true)]
    [InlineData(false, 10, false)]
    public void Files_ThatNoOtherSiloWouldAccept_AreNotUsedAndSaySo(bool foreign, int days, bool forClients)
    {
        ClusterCertificates certificates = Open();
        string before = certificates.Own.Thumbprint;
        Assert.Null(certificates.Problem);
        (string certificate, string key) = (foreign ? _foreign : _authority).Sign("wrong", until: Now.AddDays(days), forClients: forClients);

        File.WriteAllText(Files.Certificate, certificate);
        File.WriteAllText(Files.Key, key);
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(before, certificates.Own.Thumbprint);
        Assert.True(certificates.IsTrusted(Signed(_authority)));
        Assert.Contains("no other silo would let this one in", certificates.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tls.crt", null, "ADVSEG_TLS_CERTIFICATE names")]
    [InlineData("tls.key", null, "ADVSEG_TLS_KEY names")]
    [InlineData("ca.crt", null, "ADVSEG_TLS_CA names")]
    [InlineData("tls.crt", "PLANTED", "are no certificate and its private key")]
    [InlineData("tls.key", "PLANTED", "are no certificate and its private key")]
    [InlineData("ca.crt", "PLANTED", "holds no certificate as PEM")]
    public void Files_ThatCannotBeUsed_AreRefusedByNameWithoutTheirContent(string file, string? content, string message)
    {
        _authority.WriteTo(_folder.Path, "silo");
        File.Delete(_folder.Under(file));
        if (content is not null)
        {
            File.WriteAllText(_folder.Under(file), content);
        }

        SpecException e = Assert.Throws<SpecException>(() => new ClusterCertificates(Files, _clock));

        Assert.Contains(message, e.Message);
        Assert.Contains(_folder.Under(file), e.Message);
        Assert.DoesNotContain("PLANTED", e.ToString());
    }

    [Fact]
    public void Certificate_ThatNobodyWouldTrust_IsRefusedAtTheStart()
    {
        _authority.WriteTo(_folder.Path, "silo");
        File.WriteAllText(_folder.Under("ca.crt"), _foreign.Pem);

        SpecException e = Assert.Throws<SpecException>(() => new ClusterCertificates(Files, _clock));

        Assert.Contains("no other silo would let this one in", e.Message);
    }

    [Fact]
    public void Settings_OfTls_GoTogether()
    {
        Assert.Null(CertificateFiles.Of(null, "", null));
        Assert.Contains("set ADVSEG_TLS_KEY too", Assert.Throws<SpecException>(() => CertificateFiles.Of("a", null, "c")).Message);
        SpecException e = Assert.Throws<SpecException>(() => CertificateFiles.Of("a", "-----BEGIN PRIVATE KEY-----PLANTED", "c"));
        Assert.Equal("ADVSEG_TLS_KEY holds PEM text; name the file that it is in.", e.Message);
    }

    private ClusterCertificates Open()
    {
        _authority.WriteTo(_folder.Path, "silo");
        return new ClusterCertificates(Files, _clock);
    }

    private static X509Certificate2 Signed(TestAuthority authority, DateTimeOffset? until = null, bool forClients = true) =>
        X509Certificate2.CreateFromPem(authority.Sign("other", until, forClients).Certificate);
}
