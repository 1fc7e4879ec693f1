using System.Net;
using AdvSeg.Hosting.Limits;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace AdvSeg.Hosting.Health;

/// <summary>
/// Answers probes and scrapes of a host that serves nothing else. A server of its own, added first: it answers before the silo has joined
/// and until it has left, so that a drain is seen as one.
/// </summary>
public sealed partial class ProbeServer(
    IPEndPoint endPoint, ReadinessWatch watch, MeterProvider meters, ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private readonly ILogger _logger = loggers.CreateLogger<ProbeServer>();
    private WebApplication? _app;

    /// <summary>Where it answers, once started: a port of 0 is another one then.</summary>
    public Uri? Address { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers).AddSingleton<IHostLifetime, NoLifetime>().AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            ServerLimits.Apply(kestrel);
            kestrel.Listen(endPoint);
        });
        _app = builder.Build();
        _app.MapProbes(watch, meters);
        await _app.StartAsync(cancellationToken);
        Address = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        LogAnswers(_logger, Address);
    }

    public Task StopAsync(CancellationToken cancellationToken) => _app?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Health and metrics: {Address}")]
    private static partial void LogAnswers(ILogger logger, Uri address);
}
