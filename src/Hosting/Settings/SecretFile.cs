using System.Text;
using AdvSeg.Core.Errors;

namespace AdvSeg.Hosting.Settings;

/// <summary>
/// The value of a secret setting in a file, as Kubernetes, systemd and Docker hand secrets over: <c>ADVSEG_BLOB_FILE</c> names a file that holds
/// what <c>ADVSEG_BLOB</c> would. No message shows what it holds.
/// </summary>
internal static class SecretFile
{
    /// <summary>What is appended to a secret setting's name.</summary>
    public const string Suffix = "_FILE";

    private const int MostBytes = 64 * 1024;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The setting, from its variable or from the file that the other variable names; null when neither is given.</summary>
    /// <param name="name">The setting's whole name.</param>
    /// <param name="value">Its variable; null when not set.</param>
    /// <param name="path">Of <c>..._FILE</c>; null when not set.</param>
    /// <exception cref="SpecException">Both are given, or the file holds no value. The message names variable and path.</exception>
    public static string? Choose(string name, string? value, string? path) => (value, path) switch
    {
        (_, null) => value,
        (null, _) => Read(name + Suffix, path),
        _ => throw new SpecException($"{name} and {name}{Suffix} are both set; unset one of them."),
    };

    /// <summary>What a file holds, less one newline at the end.</summary>
    public static string Read(string variable, string path)
    {
        string what;
        try
        {
            if (Directory.Exists(path))
            {
                throw Wrong(variable, path, "is a folder");
            }

            string text = Strict.GetString(ReadBytes(variable, path));
            string value = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
            return value.Length > 0 ? value : throw Wrong(variable, path, "is empty");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            what = "is not there";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            what = e is DecoderFallbackException ? "is not UTF-8 text" : "cannot be read by this user";
        }

        throw Wrong(variable, path, what);
    }

    /// <summary>Reads at most one byte more than is allowed: pipes have no length, and a device has no end.</summary>
    private static ReadOnlySpan<byte> ReadBytes(string variable, string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        byte[] bytes = new byte[MostBytes + 1];
        int read = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return read <= MostBytes ? bytes.AsSpan(0, read) : throw Wrong(variable, path, $"holds more than {MostBytes} bytes");
    }

    /// <summary>The path is redacted too: somebody may have written the secret itself in its place.</summary>
    private static SpecException Wrong(string variable, string path, string what) => new(
        $"{variable} names '{Redacted.Of(path)}', which {what}; name a file that holds the value and nothing else.");
}
