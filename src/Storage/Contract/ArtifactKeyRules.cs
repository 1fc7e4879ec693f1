using System.Buffers;
using AdvSeg.Core.Errors;

namespace AdvSeg.Storage.Contract;

/// <summary>What a key may be, the same for every backend, so that what one store accepts can be copied to any other.</summary>
public static class ArtifactKeyRules
{
    public const int MaxLength = 1024;

    /// <summary>The longest file name of the usual file systems (NAME_MAX).</summary>
    public const int MaxSegment = 255;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/");

    /// <exception cref="SpecException">The text is not a key.</exception>
    public static void Check(string key)
    {
        if (!IsKey(key))
        {
            throw new SpecException($"'{key}' is not an artifact key; {Rule}");
        }
    }

    /// <summary>A prefix is empty or the beginning of some key.</summary>
    /// <exception cref="SpecException">No key can start with the text.</exception>
    public static void CheckPrefix(string prefix)
    {
        // "a/" begins a key although its last segment is still empty; anything that one more character makes a key does.
        if (prefix.Length > 0 && !IsKey(prefix) && !IsKey(prefix + "x"))
        {
            throw new SpecException($"'{prefix}' is not the beginning of any artifact key; {Rule}");
        }
    }

    public static bool IsKey(string text)
    {
        if (text.Length is 0 or > MaxLength || text.AsSpan().ContainsAnyExcept(Allowed))
        {
            return false;
        }

        foreach (Range range in text.AsSpan().Split('/'))
        {
            ReadOnlySpan<char> segment = text.AsSpan(range);
            if (segment.Length is 0 or > MaxSegment || segment[0] == '.')
            {
                return false;
            }
        }

        return true;
    }

    private static string Rule =>
        $"use 1 to {MaxLength} of A-Z, a-z, 0-9, '.', '_', '-' and '/', in segments of 1 to {MaxSegment} that do not start with '.'.";
}
