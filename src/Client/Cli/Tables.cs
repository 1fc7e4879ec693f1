using System.Text.Json;
using AdvSeg.Core.Identity;

namespace AdvSeg.Client.Cli;

/// <summary>Data on stdout: aligned columns for people, JSON for programs.</summary>
internal static class Tables
{
    private static readonly JsonSerializerOptions Indented = new(CanonicalJson.Options) { WriteIndented = true };

    public static void WriteJson<T>(T value) => Terminal.Current.Write(JsonSerializer.Serialize(value, Indented));

    /// <summary>Columns two spaces apart, without rules, so that cut and awk can read them.</summary>
    public static void Write(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows) => WriteTo(Console.Out, headers, rows);

    public static void WriteTo(TextWriter writer, IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<IReadOnlyList<string>> all = [headers, .. rows];
        int[] widths = [.. headers.Select((_, column) => all.Max(r => r[column].Length))];
        foreach (IReadOnlyList<string> row in all)
        {
            writer.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
