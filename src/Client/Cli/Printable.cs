using System.Globalization;
using System.Text;

namespace AdvSeg.Client.Cli;

/// <summary>
/// Makes text of other people (reasons, descriptions, log lines) safe for a terminal: characters that move the cursor, colour the screen or turn the
/// direction of reading are shown as their code points.
/// </summary>
internal static class Printable
{
    /// <summary>Lines stay lines, and tabs stay tabs.</summary>
    public static string Of(string text) => Any(text, keepLines: true) ? Replace(text, keepLines: true) : text;

    /// <summary>The same on one line, for a cell of a table.</summary>
    public static string Line(string text) => Any(text, keepLines: false) ? Replace(text, keepLines: false) : text;

    private static bool Any(string text, bool keepLines)
    {
        foreach (char c in text)
        {
            if (IsActive(c) && !(keepLines && c is ('\n' or '\t')))
            {
                return true;
            }
        }

        return false;
    }

    private static string Replace(string text, bool keepLines)
    {
        var shown = new StringBuilder(text.Length + 16);
        foreach (char c in text)
        {
            if (!IsActive(c) || (keepLines && c is ('\n' or '\t')))
            {
                shown.Append(c);
            }
            else if (c is '\n' or '\t')
            {
                shown.Append(' ');
            }
            else
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
        }

        return shown.ToString();
    }

    /// <summary>C0, DEL and C1; line and paragraph separators; marks, embeddings and isolates of bidirectional text.</summary>
    private static bool IsActive(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
