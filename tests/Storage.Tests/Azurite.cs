using AdvSeg.Servers;

[assembly: AssemblyFixture(typeof(AdvSeg.Storage.Tests.Azurite))]

namespace AdvSeg.Storage.Tests;

/// <summary>One Azurite for all tests that leave it alone. Tests that need it are skipped, with the reason, where it does not run.</summary>
public sealed class Azurite : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly AzuriteServer _server;
    private string? _missing;

    public Azurite() => _server = new AzuriteServer(_folder.Under("blobs"));

    public string ConnectionString
    {
        get
        {
            Assert.SkipWhen(_missing is not null, $"Azurite does not run here: {_missing}");
            return _server.ConnectionString;
        }
    }

    public async ValueTask InitializeAsync()
    {
        try
        {
            await _server.StartAsync();
        }
        catch (MissingPartException e)
        {
            _missing = e.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }
}
