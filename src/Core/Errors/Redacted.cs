namespace AdvSeg.Core.Errors;

/// <summary>Text that a person gave and that may hold a secret, as messages and logs show it.</summary>
public static class Redacted
{
    private const string Hidden = "***";

    /// <summary>
    /// What may be a password is left out: what stands behind the first equals sign (a connection string, an option, the query of a signed
    /// address) and what stands before the last @ of an address.
    /// </summary>
    public static string Of(string text)
    {
        int start = text.IndexOf("//", StringComparison.Ordinal) is >= 0 and var slashes ? slashes + 2 : 0;
        int equals = text.IndexOf('=');
        if (equals >= 0 && equals < text.LastIndexOf('@'))
        {
            // A password may hold both signs, so nobody knows where it begins or ends: everything is left out.
            return $"{text[..Math.Min(start, equals)]}{Hidden}";
        }

        string named = equals < 0 ? text : $"{text[..(equals + 1)]}{Hidden}";
        int at = named.LastIndexOf('@');
        return at >= start ? $"{named[..start]}{Hidden}{named[at..]}" : named;
    }
}
