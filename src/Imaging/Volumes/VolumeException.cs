using System.Text;
using AdvSeg.Core.Errors;

namespace AdvSeg.Imaging.Volumes;

/// <summary>A volume file that cannot be read or written. The message is one line: the file, the value that is wrong, and the remedy.</summary>
public sealed class VolumeException : SpecException
{
    private const int LongestValue = 60;

    /// <param name="file">As the person named it.</param>
    /// <param name="problem">What is wrong, with the value: the rest of a sentence that begins with the file.</param>
    /// <param name="remedy">What to do.</param>
    /// <param name="cause">What the reader threw.</param>
    public VolumeException(string file, string problem, string remedy, Exception? cause = null)
        : base($"{file} {problem}; {remedy}", cause!) =>
        File = file;

    public VolumeException()
        : this("A volume", "cannot be read", "check the file.")
    {
    }

    public VolumeException(string message)
        : base(message) => File = "";

    public VolumeException(string message, Exception inner)
        : base(message, inner) => File = "";

    /// <summary>The file that the message is about.</summary>
    public string File { get; }

    /// <summary>A value of a header as messages show it: in quotes, short, and without characters that move the cursor.</summary>
    public static string Quoted(string value)
    {
        var shown = new StringBuilder("'");
        foreach (char c in value.AsSpan(0, Math.Min(value.Length, LongestValue)))
        {
            shown.Append(char.IsControl(c) ? '?' : c);
        }

        return shown.Append(value.Length > LongestValue ? "...'" : "'").ToString();
    }
}
