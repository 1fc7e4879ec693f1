using System.Net;
using System.Net.Sockets;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;

namespace AdvSeg.Client.Hosting;

/// <summary>Loopback ports, opened before anything heavy starts and held: another program could take a port that was only looked at.</summary>
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

    /// <summary>
    /// The same port on the IPv6 loopback address, which browsers and programs may mean by "localhost", too. Null where the machine has no
    /// such address, or the port there is another program's.
    /// </summary>
    public static Socket? OpenSixth(Socket listener) => Socket.OSSupportsIPv6 ? TryListen(IPAddress.IPv6Loopback, Of(listener), out _) : null;

    public static int Of(Socket listener) => ((IPEndPoint)listener.LocalEndPoint!).Port;

    private static Socket? TryOpen(int port)
    {
        Socket? listener = TryListen(IPAddress.Loopback, port, out SocketException? failure);
        return failure is null or { SocketErrorCode: SocketError.AddressAlreadyInUse }
            ? listener
            : throw new CommandException(
                ExitCode.Failure, $"Port {port} cannot be listened on: {failure.Message.TrimEnd('.')}. Choose another port with --port.", failure);
    }

    /// <summary>Binding alone does not hold a port: two sockets may be bound to it until one of them listens.</summary>
    private static Socket? TryListen(IPAddress address, int port, out SocketException? failure)
    {
        failure = null;
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(address, port));
            listener.Listen(Backlog);
            return listener;
        }
        catch (SocketException e)
        {
            listener.Dispose();
            failure = e;
            return null;
        }
    }
}
