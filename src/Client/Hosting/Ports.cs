using System.Net;
using System.Net.Sockets;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;

namespace AdvSeg.Client.Hosting;

/// <summary>
/// Loopback ports, taken before anything heavy starts and held: one that was only looked at may be another program's a moment later.
/// </summary>
internal static class Ports
{
    private const int Backlog = 512;

    public static bool IsFree(int port)
    {
        using Socket? listener = TryOpen(port);
        return listener is not null;
    }

    /// <summary>Listens on the asked port, or the default one, or any when only the default is taken and that is acceptable.</summary>
    /// <exception cref="CommandException">The port is in use, or not allowed.</exception>
    public static Socket Open(int? asked, bool anyWillDo)
    {
        int port = asked ?? Shared.DefaultPort;
        return TryOpen(port)
            ?? (asked is null && anyWillDo ? TryOpen(0) : null)
            ?? throw new CommandException(
                ExitCode.Failure, $"Port {port} is in use by another program. Stop it, or choose another port with --port.");
    }

    public static int Of(Socket listener) => ((IPEndPoint)listener.LocalEndPoint!).Port;

    /// <summary>Binding alone does not hold a port: two sockets may be bound to it until one of them listens.</summary>
    private static Socket? TryOpen(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            listener.Listen(Backlog);
            return listener;
        }
        catch (SocketException e)
        {
            listener.Dispose();
            return e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? null
                : throw new CommandException(
                    ExitCode.Failure, $"Port {port} cannot be listened on: {e.Message}. Choose another port with --port.", e);
        }
    }
}
