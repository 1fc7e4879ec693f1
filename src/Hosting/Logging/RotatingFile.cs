using AdvSeg.Core.Errors;
using Microsoft.Win32.SafeHandles;

namespace AdvSeg.Hosting.Logging;

/// <summary>
/// A file of whole lines that does not grow without end: one that would pass its limit becomes <c>NAME.1</c>, that one <c>NAME.2</c> and so on; the
/// last of them is deleted. Each line is with the system when <see cref="Write"/> returns. While the disk is full or away, lines are lost, because a
/// failure of the log must not become one of the work that is logged. This is reported once, and once more when lines are written again.
/// </summary>
internal sealed class RotatingFile : IDisposable
{
    private const int MostOfOneName = 99;

    /// <summary>How Linux, macOS and Windows say that another process has locked a file.</summary>
    private static readonly int[] InUse = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream _claim;
    private readonly long _mostBytes;
    private readonly int _files;
    private readonly Action<string> _tell;
    private readonly Lock _lock = new();
    private SafeFileHandle? _file;
    private long _lost;
    private bool _isClosed;

    private RotatingFile(string path, FileStream claim, LogSettings settings, Action<string> tell)
    {
        (FilePath, _claim, _mostBytes, _files, _tell) = (path, claim, settings.MostBytes, settings.Files, tell);
        _file = OpenNewest();
    }

    /// <summary>The newest file.</summary>
    public string FilePath { get; }

    /// <summary>
    /// Opens <c>NAME</c> in the folder, which is made when absent. When another process already writes <c>NAME</c> there, opens <c>NAME-2</c>, and so
    /// on.
    /// </summary>
    /// <exception cref="SpecException">Nothing can be written there.</exception>
    public static RotatingFile Open(string folder, string name, LogSettings settings, Action<string> tell)
    {
        try
        {
            string root = Directory.CreateDirectory(Path.GetFullPath(folder)).FullName;
            for (int number = 1; number <= MostOfOneName; number++)
            {
                string path = Path.Combine(root, number == 1 ? $"{name}.log" : $"{name}-{number}.log");
                if (Claim(Path.Combine(root, $".{Path.GetFileName(path)}.lock")) is { } claim)
                {
                    return OpenClaimed(path, claim, settings, tell);
                }
            }
        }
        catch (Exception e) when (IsOfTheDisk(e) || e is ArgumentException or NotSupportedException)
        {
            throw new SpecException(
                $"{LogSettings.FolderVariable} is '{Redacted.Of(folder)}', where no log can be written: {e.Message} Name a folder that this user may "
                    + "write to, or leave it out: then the log goes to stdout.", e);
        }

        throw new SpecException(
            $"{LogSettings.FolderVariable} is '{Redacted.Of(folder)}', where {MostOfOneName} processes write their logs already; name another one.");
    }

    public void Write(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            try
            {
                Append(line);
            }
            catch (Exception e) when (IsOfTheDisk(e))
            {
                Lose(e);
                return;
            }

            if (_lost > 0)
            {
                _tell($"The log {FilePath} is written again; {_lost} line(s) were lost.");
                _lost = 0;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isClosed = true;
            _file?.Dispose();
            _claim.Dispose();
        }
    }

    private static RotatingFile OpenClaimed(string path, FileStream claim, LogSettings settings, Action<string> tell)
    {
        try
        {
            return new RotatingFile(path, claim, settings, tell);
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    /// <summary>Takes a name by locking a file; null where another process has it. The system frees the lock however that process ends.</summary>
    private static FileStream? Claim(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (InUse.Contains(e.HResult))
        {
            return null;
        }
    }

    private void Append(ReadOnlySpan<byte> line)
    {
        // Somebody may have deleted the file: lines that are written into it would be lost.
        if (_file is null || !File.Exists(FilePath))
        {
            _file?.Dispose();
            _file = null;
            _file = OpenNewest();
        }

        long length = RandomAccess.GetLength(_file);
        if (length > 0 && length + line.Length > _mostBytes)
        {
            Rotate();
            length = 0;
        }

        try
        {
            RandomAccess.Write(_file, line, length);
        }
        catch (IOException)
        {
            // No half line stays before the next whole one.
            RandomAccess.SetLength(_file, length);
            throw;
        }
    }

    private void Rotate()
    {
        _file!.Dispose();
        _file = null;
        for (int i = _files - 1; i >= 0; i--)
        {
            string path = NameOf(i);
            if (i == _files - 1)
            {
                File.Delete(path);
            }
            else if (File.Exists(path))
            {
                // Nobody else has this name: the claim is this process's.
                new FileInfo(path).MoveTo(NameOf(i + 1), overwrite: true);
            }
        }

        _file = OpenNewest();
    }

    private string NameOf(int number) => number == 0 ? FilePath : $"{FilePath}.{number}";

    private SafeFileHandle OpenNewest() =>
        File.OpenHandle(FilePath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);

    private void Lose(Exception e)
    {
        if (_lost++ == 0)
        {
            _tell($"The log {FilePath} cannot be written: {e.Message} Lines are lost until it can; everything else goes on.");
        }
    }

    private static bool IsOfTheDisk(Exception e) => e is IOException or UnauthorizedAccessException;
}
