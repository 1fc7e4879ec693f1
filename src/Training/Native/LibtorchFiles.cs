using System.Runtime.InteropServices;
using AdvSeg.Core.Errors;

namespace AdvSeg.Training.Native;

/// <summary>
/// libtorch's files beside this program. TorchSharp meets one that it cannot load with two dozen lines about its search on stdout, where
/// data goes, and none about the file.
/// </summary>
internal static class LibtorchFiles
{
    /// <exception cref="SpecException">A file is empty, leads nowhere, or may not be read by this user.</exception>
    public static void RefuseUnreadable(string program)
    {
        string[] folders = [program, Path.Combine(program, "runtimes", RuntimeInformation.RuntimeIdentifier, "native")];
        foreach (string file in folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder)).Where(IsOfLibtorch))
        {
            Check(file);
        }
    }

    private static bool IsOfLibtorch(string path)
    {
        string name = Path.GetFileName(path);
        return (name.Contains("torch", StringComparison.OrdinalIgnoreCase) || name.Contains("c10", StringComparison.Ordinal))
            && Path.GetExtension(name) is (".so" or ".dylib" or ".dll");
    }

    private static void Check(string file)
    {
        try
        {
            using FileStream opened = File.OpenRead(file);
            if (opened.Length == 0)
            {
                throw new SpecException($"{file} is empty; install this program again.");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpecException(
                $"libtorch cannot be loaded, because {file} cannot be read: {e.Message} Give this user the right to read it, or install this program "
                    + "again.", e);
        }
    }
}
