using AdvSeg.Core.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Client.Tests;

/// <summary>A real HTTP server on a free loopback port whose API answers what the test hands it: states that take hours to reach for real.</summary>
internal sealed class AnsweringServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private AnsweringServer(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    /// <param name="map">What it answers.</param>
    /// <param name="port">Where; 0 takes a free one.</param>
    public static async Task<AnsweringServer> StartAsync(Action<WebApplication> map, int port = 0)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        WebApplication app = builder.Build();
        map(app);
        await app.StartAsync();
        return new AnsweringServer(app);
    }

    public static IResult Json<T>(T value) => Results.Bytes(CanonicalJson.Write(value), "application/json");

    public static IResult Problem(int status, string detail) => Results.Problem(detail, statusCode: status);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
