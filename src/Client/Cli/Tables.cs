using System.Text.Json;
using AdvSeg.Core.Identity;

namespace AdvSeg.Client.Cli;

/// <summary>Data on stdout: aligned columns for people, JSON for programs.</summary>
internal static class Tables
{
    private static readonly JsonSerializerOptions Indented = new(CanonicalJson.Options) { WriteIndented = true };

    public static void WriteJson<T>(T value) => Terminal.Current.Write(JsonSerializer.Serialize(value, Indented));

    /// <summary>
    /// Columns two spaces apart, without rules, so that cut and awk can read them; in a narrow terminal as <see cref="TableLayout"/> does.
    /// </summary>
    public static void Write(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows, int keys = 1)
    {
        foreach (string line in TableLayout.Lines(headers, rows, Terminal.Current.OutWidth, keys))
        {
            Console.Out.WriteLine(line);
        }
    }

    /// <summary>The same among the prose.</summary>
    public static void Say(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows, int keys = 1)
    {
        foreach (string line in TableLayout.Lines(headers, rows, Terminal.Current.ErrorWidth, keys))
        {
            Console.Error.WriteLine(line);
        }
    }
}
