using System.Net.Sockets;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Hosting;

namespace AdvSeg.Client.Tests;

public sealed class PortsTests
{
    [Fact]
    public void Open_OfAPortThatIsTaken_NamesItAndTheOption()
    {
        using Socket first = Ports.Open(0, anyWillDo: false);
        int port = Ports.Of(first);

        var e = Assert.Throws<CommandException>(() => Ports.Open(port, anyWillDo: true));

        Assert.Contains($"Port {port} is in use", e.Message, StringComparison.Ordinal);
        Assert.Contains("--port", e.Message, StringComparison.Ordinal);
        Assert.False(Ports.IsFree(port));
    }

    [Fact]
    public void Open_ByManyAtOnce_GivesEachAPortOfItsOwn()
    {
        Socket[] listeners = [.. Enumerable.Range(0, 32).AsParallel().WithDegreeOfParallelism(16).Select(_ => Ports.Open(null, anyWillDo: true))];

        Assert.Equal(listeners.Length, listeners.Select(Ports.Of).Distinct().Count());
        Array.ForEach(listeners, l => l.Dispose());
    }
}
