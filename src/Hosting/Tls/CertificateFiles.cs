using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Hosting.Tls;

/// <summary>PEM files with which one host of a cluster shows who it is, and checks the others.</summary>
/// <param name="Certificate">Its own certificate.</param>
/// <param name="Key">That certificate's private key, without a password.</param>
/// <param name="Authority">The certificates, one or more, whose holders sign for this cluster.</param>
public sealed record CertificateFiles(string Certificate, string Key, string Authority)
{
    public const string CertificateSetting = "ADVSEG_TLS_CERTIFICATE";
    public const string KeySetting = "ADVSEG_TLS_KEY";
    public const string AuthoritySetting = "ADVSEG_TLS_CA";

    /// <summary>The files of the settings; null when none is given.</summary>
    /// <exception cref="SpecException">Some are given and others not, or one holds no path.</exception>
    public static CertificateFiles? Of(string? certificate, string? key, string? authority)
    {
        (string Setting, string? Path)[] given = [(CertificateSetting, certificate), (KeySetting, key), (AuthoritySetting, authority)];
        if (given.All(g => string.IsNullOrEmpty(g.Path)))
        {
            return null;
        }

        if (given.FirstOrDefault(g => string.IsNullOrEmpty(g.Path)).Setting is { } missing)
        {
            throw new SpecException($"TLS takes certificate, key and CA together; set {missing} too ({CertificateSetting}, {KeySetting}, "
                + $"{AuthoritySetting}), or none of them.");
        }

        // Whoever writes the key itself where its path belongs must not find it in a log.
        return given.FirstOrDefault(g => g.Path!.Contains("-----BEGIN", StringComparison.Ordinal)).Setting is { } text
            ? throw new SpecException($"{text} holds PEM text; name the file that it is in.")
            : new CertificateFiles(certificate!, key!, authority!);
    }

    /// <summary>Digest of what the files hold at this moment.</summary>
    /// <exception cref="SpecException">One cannot be read.</exception>
    internal string Version() => string.Join(
        ' ', Digest.Of(Bytes(CertificateSetting, Certificate)), Digest.Of(Bytes(KeySetting, Key)), Digest.Of(Bytes(AuthoritySetting, Authority)));

    /// <exception cref="SpecException">The files cannot be read, or are no certificate with its key.</exception>
    internal (X509Certificate2 Own, X509Certificate2Collection Trusted) Load()
    {
        _ = Version();
        X509Certificate2 own;
        try
        {
            own = X509Certificate2.CreateFromPemFile(Certificate, Key);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new SpecException(
                $"{CertificateSetting} ({Certificate}) and {KeySetting} ({Key}) are no certificate and its private key, both as PEM and the key "
                    + "without a password.");
        }

        return (own, ReadAuthorities(AuthoritySetting, Authority, Bytes(AuthoritySetting, Authority)));
    }

    /// <summary>The certificates of a PEM file's content.</summary>
    /// <param name="setting">What names the file, for messages.</param>
    /// <param name="path">The file.</param>
    /// <param name="pem">What was read from it.</param>
    /// <exception cref="SpecException">It holds no certificate.</exception>
    internal static X509Certificate2Collection ReadAuthorities(string setting, string path, byte[] pem)
    {
        X509Certificate2Collection trusted = [];
        try
        {
            trusted.ImportFromPem(Encoding.UTF8.GetString(pem));
        }
        catch (CryptographicException)
        {
            trusted.Clear();
        }

        return trusted.Count > 0 ? trusted : throw new SpecException($"{setting} ({path}) holds no certificate as PEM.");
    }

    /// <exception cref="SpecException">The file cannot be read.</exception>
    internal static byte[] Bytes(string setting, string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string what = e is FileNotFoundException or DirectoryNotFoundException ? "is not there" : "cannot be read by this user";
            throw new SpecException($"{setting} names '{path}', which {what}.");
        }
    }
}
