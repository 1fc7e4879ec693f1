using AdvSeg.Servers;

namespace AdvSeg.Deploy.Tests.ApiServer;

/// <summary>One API server for all tests of the class.</summary>
public sealed class ApiServerRun : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private string? _missing;

    internal KubeApiServer Server { get; private set; } = null!;

    internal string Folder => _folder.Path;

    /// <summary>Budgets are asked for in a form that servers have since 1.21.</summary>
    internal bool HasBudgets { get; private set; }

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("ADVSEG_LONG_TESTS") is not "1")
        {
            _missing = "it takes a minute; 'eng/process-tests' runs it.";
            return;
        }

        try
        {
            Server = await KubeApiServer.StartAsync(_folder.Path);
            (int hasBudgets, _) = await Server.KubectlAsync("get", "--raw", "/apis/policy/v1");
            HasBudgets = hasBudgets == 0;
            (_, string version) = await Server.KubectlAsync("get", "--raw", "/version");
            TestContext.Current.SendDiagnosticMessage($"API server: {version}");
        }
        catch (MissingPartException e)
        {
            _missing = e.Message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }

        _folder.Dispose();
    }

    internal void SkipWithoutServer() => Assert.SkipWhen(_missing is not null, $"No API server runs here: {_missing}");
}
