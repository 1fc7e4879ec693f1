using System.Text;

namespace AdvSeg.Reporting.Tables;

/// <summary>Lines of RFC 4180, ended by a line feed; numbers in their shortest round-trip form.</summary>
internal sealed class Csv(StringBuilder text)
{
    public void Row(IEnumerable<object?> fields) => text.AppendJoin(',', fields.Select(Field)).Append('\n');

    private static string Field(object? value)
    {
        string field = value switch { null => "", double d => d.ToString("R"), _ => value.ToString()! };
        return field.AsSpan().IndexOfAny(",\"\n\r") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
