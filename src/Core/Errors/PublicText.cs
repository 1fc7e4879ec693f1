using System.Text.RegularExpressions;

namespace AdvSeg.Core.Errors;

/// <summary>
/// What a failure inside says to somebody outside: one line, without stack traces, and of a path on this machine only its last name. The
/// log has the whole of it.
/// </summary>
public static partial class PublicText
{
    private const int Longest = 1000;

    public static string Of(string message)
    {
        int end = message.AsSpan().IndexOfAny('\r', '\n');
        string line = (end < 0 ? message : message[..end]).Trim();
        int trace = line.IndexOf("   at ", StringComparison.Ordinal);
        string said = Path().Replace(trace < 0 ? line : line[..trace].TrimEnd(), match => $".../{match.Groups[1].Value}");
        return said.Length <= Longest ? said : $"{said[..Longest]}...";
    }

    /// <summary>An absolute path of at least two names, but no address of the API and nothing behind a host's name.</summary>
    [GeneratedRegex(@"(?<![\w.:/\]-])/(?!api/)(?:[^\s/'"":;,()<>]+/)+([^\s/'"":;,()<>]*)")]
    private static partial Regex Path();
}
