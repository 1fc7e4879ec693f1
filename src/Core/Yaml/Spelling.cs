namespace AdvSeg.Core.Yaml;

/// <summary>Finds what a person probably meant.</summary>
public static class Spelling
{
    /// <summary>The known word with the fewest edits, at most a third of its letters; null when none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> known) =>
        known.Select(k => (Word: k, Edits: Edits(word.ToLowerInvariant(), k.ToLowerInvariant())))
            .Where(k => k.Edits <= Math.Max(1, k.Word.Length / 3))
            .OrderBy(k => k.Edits)
            .FirstOrDefault().Word;

    /// <summary>Edit distance with insertion, deletion and substitution (Levenshtein 1966), one row at a time.</summary>
    private static int Edits(string a, string b)
    {
        // A far longer word is not a slip of the pen, and an unbounded one would cost its length squared.
        if (a.Length > b.Length + 10)
        {
            return int.MaxValue;
        }

        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(substituted, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[b.Length];
    }
}
