using System.Net;
using System.Net.Sockets;
using AdvSeg.Client.Cli;

namespace AdvSeg.Client.Hosting;

/// <summary>Loopback ports, looked at before anything heavy starts.</summary>
internal static class Ports
{
    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.ExclusiveAddressUse = true;
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The asked port, or the default one, or 0 (any) when only the default is taken and that is acceptable.</summary>
    /// <exception cref="CommandException">The port is in use.</exception>
    public static int Choose(int? asked, bool anyWillDo)
    {
        int port = asked ?? Shared.DefaultPort;
        if (IsFree(port))
        {
            return port;
        }

        return asked is null && anyWillDo
            ? 0
            : throw new CommandException(ExitCode.Failure, $"Port {port} is in use by another program. Stop it, or choose another port with --port.");
    }
}
