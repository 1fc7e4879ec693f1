using System.Runtime.InteropServices;
using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Hosting.Limits;

namespace AdvSeg.Client.Cli;

/// <summary>
/// How many files this process may open. Every loaded library holds one; with too few, the runtime misleads: it says that a library is not found.
/// </summary>
internal static class OpenFiles
{
    /// <summary>Enough for every command, but those that serve.</summary>
    private const ulong Least = 256;

    /// <summary>Enough for the control plane, the store and some browsers in one process.</summary>
    private const ulong LeastToServe = 512;

    private const int StandardError = 2;

    /// <summary>Whether the limit suffices to start. If not, says so by a system call, because the usual way of writing needs libraries.</summary>
    public static bool Suffice()
    {
        if (FileLimit.Find() is not { } limit || limit >= Least)
        {
            return true;
        }

        byte[] message = Encoding.UTF8.GetBytes($"advseg: {Message(limit, Least)}\n");
        _ = Write(StandardError, message, message.Length);
        return false;
    }

    /// <exception cref="CommandException">Too few for a server.</exception>
    public static void RequireToServe()
    {
        if (FileLimit.Find() is { } limit && limit < LeastToServe)
        {
            throw new CommandException(ExitCode.Failure, Message(limit, LeastToServe));
        }
    }

    /// <summary>The message of a process that has reached the limit.</summary>
    public static string Exhausted() =>
        $"This process has opened as many files as it may{(FileLimit.Find() is { } limit ? $", {limit}" : "")}. Raise the limit with "
            + "'ulimit -n 4096' (or LimitNOFILE=, nofile) and run the same command again.";

    private static string Message(ulong limit, ulong least) =>
        $"This process may open {limit} files, and this command needs {least}. Raise the limit with 'ulimit -n 4096' (or LimitNOFILE=, nofile).";

    [DllImport("libc", EntryPoint = "write")]
    private static extern nint Write(int file, byte[] data, nint count);
}
