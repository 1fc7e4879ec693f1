using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Dashboard;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.Silo;
using AdvSeg.Silo.Settings;
using AdvSeg.UseCases.Quotas;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>
/// The embedded server as <c>advseg serve</c> makes it, on a free port: real silo, real store, real HTTP; only the trainer is replaced.
/// </summary>
internal sealed class DashboardServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private DashboardServer(WebApplication app, string folder)
    {
        (_app, Folder) = (app, folder);
        Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        Http = new HttpClient { BaseAddress = Address };
    }

    public string Folder { get; }

    public Uri Address { get; }

    public IEnumerable<Endpoint> Endpoints => ((IEndpointRouteBuilder)_app).DataSources.SelectMany(source => source.Endpoints);

    public HttpClient Http { get; }

    public IArtifactStore Store => _app.Services.GetRequiredService<IArtifactStore>();

    public static async Task<DashboardServer> StartAsync(
        string folder, ITrainer trainer, int port = 0, ILoggerProvider? log = null, AccessSettings? access = null,
        DashboardSettings? dashboard = null, QuotaSettings? quota = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders().AddConsole().SetMinimumLevel(LogLevel.Warning).AddFilter("Orleans", LogLevel.Error);
        builder.Logging.AddProvider(log ?? NullLoggerProvider.Instance);
        builder.Services.AddSingleton(trainer);
        builder.Services.AddSingleton(access ?? new AccessSettings());
        builder.Services.AddSingleton(dashboard ?? new DashboardSettings());
        builder.Services.AddSingleton(quota ?? new QuotaSettings());
        builder.AddAdvSegSilo(new SiloSettings { DataFolder = folder, Slots = 2 });
        builder.AddAdvSegDashboard();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        WebApplication app = builder.Build();
        app.MapAdvSegDashboard();
        await app.StartAsync();
        return new DashboardServer(app, folder);
    }

    /// <summary>A second dashboard of the same cluster over the same store, as another pod is.</summary>
    public async Task<DashboardServer> StartBesideAsync(
        TimeProvider clock, ILoggerProvider? log = null, AccessSettings? access = null, int port = 0, DashboardSettings? dashboard = null,
        IArtifactStore? store = null, QuotaSettings? quota = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders().AddConsole().SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddProvider(log ?? NullLoggerProvider.Instance);
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(access ?? new AccessSettings());
        builder.Services.AddSingleton(dashboard ?? new DashboardSettings());
        builder.Services.AddSingleton(quota ?? new QuotaSettings());
        builder.Services.AddSingleton(store ?? Store);
        builder.Services.AddSingleton(_app.Services.GetRequiredService<IGrainFactory>());
        builder.AddAdvSegDashboard();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        WebApplication app = builder.Build();
        app.MapAdvSegDashboard();
        await app.StartAsync();
        return new DashboardServer(app, Folder);
    }

    public async Task<HttpResponseMessage> SubmitAsync(string yaml, string query = "", string contentType = "application/yaml")
    {
        using var body = new StringContent(yaml, Encoding.UTF8, contentType);
        return await Http.PostAsync($"/api/v1/sweeps{query}", body);
    }

    public async Task<T> GetAsync<T>(string path) => (await Http.GetFromJsonAsync<T>(path, CanonicalJson.Options))!;

    /// <summary>Asks until the sweep is as wanted; 60 s at most.</summary>
    public Task<SweepStatus> WaitAsync(string sweep, Func<SweepStatus, bool> wanted) =>
        TestCluster.WaitAsync(async () => await GetAsync<SweepStatus>($"/api/v1/sweeps/{sweep}") is { } status && wanted(status) ? status : null);

    /// <summary>
    /// What a gauge of this server says now. A scrape cannot be asked where tests run side by side: meters of one name are one to it, so that it
    /// shows whichever server was looked at last.
    /// </summary>
    /// <returns>0 when there is no such series.</returns>
    public long Gauge(string name, string label, string value)
    {
        long found = 0;
        using var listener = new MeterListener();
        var own = _app.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == name && instrument.Meter.Scope == own)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, measured, tags, _) => found = tags.Contains(new(label, value)) ? measured : found);
        listener.Start();
        listener.RecordObservableInstruments();
        return found;
    }

    /// <summary>Who waits for an answer still gets it.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

internal static class Responses
{
    public static async Task<T> ReadAsync<T>(this HttpResponseMessage response) =>
        CanonicalJson.Read<T>(await response.Content.ReadAsByteArrayAsync(), "the answer");

    /// <summary>Checks that the answer is a problem of this status and gives its detail.</summary>
    public static async Task<string> DetailAsync(this HttpResponseMessage response, HttpStatusCode status)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Problem problem = await response.ReadAsync<Problem>();
        Assert.Equal((int)status, problem.Status);
        return problem.Detail;
    }
}
