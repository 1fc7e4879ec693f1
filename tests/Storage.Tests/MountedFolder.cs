using System.Diagnostics;

namespace AdvSeg.Storage.Tests;

/// <summary>A small file system in memory, mounted for one test; the test is skipped where this user may not mount.</summary>
public sealed class MountedFolder : IDisposable
{
    private readonly TempFolder _folder = new();
    private bool _mounted = true;

    public MountedFolder(string options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a tmpfs mount");
        (int code, string error) = Run("-t", "tmpfs", "-o", options, "none", Path);
        if (code != 0)
        {
            _folder.Dispose();
            Assert.Skip($"this user may not mount: {error}");
        }
    }

    public string Path => _folder.Path;

    public void Remount(string options)
    {
        (int code, string error) = Run("-o", $"remount,{options}", Path);
        Assert.True(code == 0, error);
    }

    public void Unmount()
    {
        using Process unmount = Process.Start("umount", ["-l", Path]);
        unmount.WaitForExit();
        _mounted = false;
    }

    public void Dispose()
    {
        if (_mounted)
        {
            Unmount();
        }

        _folder.Dispose();
    }

    private static (int Code, string Error) Run(params string[] arguments)
    {
        try
        {
            using Process mount = Process.Start(new ProcessStartInfo("mount", arguments) { RedirectStandardError = true })!;
            string error = mount.StandardError.ReadToEnd().Trim();
            mount.WaitForExit();
            return (mount.ExitCode, error);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}
