using System.Globalization;

namespace AdvSeg.Client.Cli;

/// <summary>
/// Makes stdout and stderr safe to write to. Where one was closed when this process started, the runtime's own pipes and mappings took its
/// number, and a message would go into them.
/// </summary>
internal static class StandardStreams
{
    private const int Out = 1;
    private const int Error = 2;

    /// <summary>To be called before anything writes.</summary>
    public static void Guard()
    {
        if (!IsGiven(Out))
        {
            Console.SetOut(new ClosedWriter());
        }

        Console.SetError(new DroppingWriter(IsGiven(Error) ? OpenError() : TextWriter.Null));
    }

    private static TextWriter OpenError()
    {
        try
        {
            return Console.Error;
        }
        catch (IOException)
        {
            return TextWriter.Null;
        }
    }

    /// <summary>Whether the descriptor is what the caller gave; known on Linux alone.</summary>
    private static bool IsGiven(int descriptor)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                return true;
            }

            return TargetOf($"{descriptor}") is { } target && !target.StartsWith("anon_inode:", StringComparison.Ordinal)
                && !target.StartsWith("/memfd:", StringComparison.Ordinal) && Mode($"{descriptor}") != Access.Read && !IsReadHere(target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>A pipe is the runtime's own when this process also holds its reading end.</summary>
    private static bool IsReadHere(string target) =>
        target.StartsWith("pipe:", StringComparison.Ordinal)
        && Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(path => Path.GetFileName(path)).Any(
            other => TargetOf(other) == target && Mode(other) == Access.Read);

    private static string? TargetOf(string descriptor) => new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget;

    /// <summary>The low bits of the flags with which the descriptor was opened, an octal number.</summary>
    private static Access Mode(string descriptor)
    {
        string path = $"/proc/self/fdinfo/{descriptor}";
        if (!File.Exists(path))
        {
            return Access.Write;
        }

        string flags = File.ReadLines(path).First(line => line.StartsWith("flags:", StringComparison.Ordinal));
        return (Access)(int.Parse(flags.AsSpan(flags.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture) & 3);
    }

    private enum Access { Read, Write, Both }

    /// <summary>Throws at every write, because data that reaches nobody is a failure.</summary>
    private sealed class ClosedWriter : TextWriter
    {
        public override System.Text.Encoding Encoding => System.Text.Encoding.UTF8;

        public override void Write(char value) => throw new IOException("The standard output is closed");

        public override void Write(string? value) => Write('\0');

        public override void WriteLine(string? value) => Write('\0');
    }
}
