using AdvSeg.Core.Sweeps;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>One server with one sweep submitted over HTTP and finished, shared by the tests that only look.</summary>
[CollectionDefinition(Collection)]
public sealed class FinishedSweep : IAsyncLifetime, ICollectionFixture<FinishedSweep>
{
    public const string Collection = "finished sweep";

    public const string Yaml = """
        apiVersion: advseg/v1
        name: shown
        owner: ann
        preset: smoke
        """;

    private readonly TempFolder _folder = new();

    internal DashboardServer Server { get; private set; } = null!;

    internal SweepStatus Submitted { get; private set; } = null!;

    internal SweepStatus Status { get; private set; } = null!;

    internal string Id => Submitted.Sweep;

    public async ValueTask InitializeAsync()
    {
        Server = await DashboardServer.StartAsync(_folder.Path, new RehearsalTrainer());
        using HttpResponseMessage response = await Server.SubmitAsync(Yaml);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Submitted = await response.ReadAsync<SweepStatus>();
        Status = await Server.WaitAsync(Id, s => s.Reported);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Dispose();
    }
}
