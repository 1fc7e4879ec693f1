using System.Text.Json;
using AdvSeg.Core;
using Spectre.Console;

namespace AdvSeg.Client.Cli;

/// <summary>Data on stdout: aligned columns for people, JSON for programs.</summary>
internal static class Tables
{
    private static readonly JsonSerializerOptions Indented = new(CanonicalJson.Options) { WriteIndented = true };

    public static void WriteJson<T>(T value) => Terminal.Current.Write(JsonSerializer.Serialize(value, Indented));

    /// <summary>Columns two spaces apart, without rules, so that cut and awk can read them.</summary>
    public static void Write(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        IReadOnlyList<IReadOnlyList<string>> all = [headers, .. rows];
        int[] widths = [.. headers.Select((_, column) => all.Max(r => r[column].Length))];
        foreach ((int index, IReadOnlyList<string> row) in all.Index())
        {
            string line = string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd();
            if (index == 0)
            {
                Terminal.Current.Out.Write(new Text(line + "\n", new Style(decoration: Decoration.Bold)));
            }
            else
            {
                Terminal.Current.Write(line);
            }
        }
    }
}
