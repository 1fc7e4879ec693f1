using System.Text.RegularExpressions;
using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Identity;

/// <summary>
/// Names one sweep: a readable name, a dash and the first hex digits of its spec's digest. Safe in a path, a URL and a Kubernetes label.
/// </summary>
public readonly partial record struct SweepId(string Value)
{
    /// <exception cref="SpecException">The text is not 1 to 63 of a-z, 0-9 and '-', starting with a letter or digit.</exception>
    public static SweepId Parse(string text) =>
        IsOne(text)
            ? new SweepId(text)
            : throw new SpecException($"'{text}' is not a sweep id; use 1 to 63 of a-z, 0-9 and '-', starting with a letter or digit.");

    public static bool IsOne(string text) => Pattern().IsMatch(text);

    public override string ToString() => Value;

    // Not '$': that also matches before a line break at the end.
    [GeneratedRegex(@"^[a-z0-9][a-z0-9-]{0,62}\z")]
    private static partial Regex Pattern();
}

/// <summary>Names one training run by the SHA-256 of its run spec's canonical JSON, 64 lower-case hex digits.</summary>
public readonly record struct RunId(string Value)
{
    /// <exception cref="SpecException">The text is not 64 lower-case hex digits.</exception>
    public static RunId Parse(string text) =>
        Digest.IsSha256(text) ? new RunId(text) : throw new SpecException($"'{text}' is not a run id; a run id is 64 lower-case hex digits.");

    /// <summary>The first twelve digits, for people.</summary>
    public string Abbreviated => Value[..12];

    public override string ToString() => Value;
}
