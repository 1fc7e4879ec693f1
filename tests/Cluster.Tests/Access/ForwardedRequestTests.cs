using System.Net;
using AdvSeg.Core.Errors;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>What a server takes the browser's address to be.</summary>
public sealed class ForwardedRequestTests
{
    /// <summary>Names of rebound or forged hosts would pass the guard otherwise.</summary>
    [Theory]
    [InlineData("192.168.7.2", "https", "lab.example", "https://lab.example")]
    [InlineData("192.168.7.2", "https", "evil.example, lab.example:8443", "https://lab.example:8443")]
    [InlineData("192.168.7.2", "", "", "http://127.0.0.1:5080")]
    [InlineData("192.168.7.3", "https", "lab.example", "http://127.0.0.1:5080")]
    public async Task Header_OfAnyoneButTheNamedProxy_IsNotBelieved(string from, string scheme, string host, string expected)
    {
        HttpContext context = Asked(from, "/workers");
        context.Request.Headers["X-Forwarded-Proto"] = scheme;
        context.Request.Headers["X-Forwarded-Host"] = host;

        await RunAsync(context, "");

        Assert.Equal(expected, $"{context.Request.Scheme}://{context.Request.Host}");
    }

    /// <summary>What a client put before it is not the proxy's word; nor is what comes from elsewhere.</summary>
    [Theory]
    [InlineData("192.168.7.2", "203.0.113.7", "203.0.113.7")]
    [InlineData("192.168.7.2", "10.1.1.1, 203.0.113.7", "203.0.113.7")]
    [InlineData("192.168.7.2", "203.0.113.7, 192.168.7.2", "203.0.113.7")]
    [InlineData("192.168.7.2", "[2001:db8::1]:4711", "2001:db8::1")]
    [InlineData("192.168.7.2", "203.0.113.7, unknown", null)]
    [InlineData("192.168.7.2", "", null)]
    [InlineData("192.168.7.3", "203.0.113.7", null)]
    public async Task Client_OfTheNamedProxy_IsTheLastThatItNames(string from, string addresses, string? expected)
    {
        HttpContext context = Asked(from, "/workers");
        context.Request.Headers["X-Forwarded-For"] = addresses;

        await RunAsync(context, "");

        Assert.Equal(expected, context.Features.Get<AskedFrom>()?.Address.ToString());
    }

    [Theory]
    [InlineData("/advseg/workers", "/workers")]
    [InlineData("/advseg", "/")]
    [InlineData("/workers", "/workers")]
    [InlineData("/advsegs/workers", "/advsegs/workers")]
    public async Task Path_BelowThatOfTheProxy_IsThePagesOwn(string asked, string path)
    {
        HttpContext context = Asked("192.168.7.3", asked);

        await RunAsync(context, "/advseg");

        Assert.Equal(("/advseg", path), (context.Request.PathBase.Value, context.Request.Path.Value));
    }

    [Theory]
    [InlineData("/lab/advseg", "/lab/advseg")]
    [InlineData("/", "")]
    [InlineData("advseg", null)]
    [InlineData("/advseg/", null)]
    [InlineData("//evil.example", null)]
    [InlineData("/a\"b", null)]
    public void BasePath_ThatIsNoPath_IsRefused(string text, string? expected)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Dashboard:BasePath", text)]).Build();
        string? read = null;
        Exception? thrown = Record.Exception(() => read = DashboardSettings.From(configuration).BasePath);

        Assert.Equal(expected, read);
        Assert.Equal(expected is null, thrown is SpecException { Message: var said } && said.Contains("ADVSEG_Dashboard__BasePath"));
    }

    private static Task RunAsync(HttpContext context, string basePath)
    {
        var access = new AccessSettings { Proxy = new ProxySettings { Trusted = "192.168.7.2" } };
        return new ForwardedRequest(_ => Task.CompletedTask, new DashboardSettings { BasePath = basePath }, access).InvokeAsync(context);
    }

    private static DefaultHttpContext Asked(string from, string path) => new()
    {
        Connection = { RemoteIpAddress = IPAddress.Parse(from) },
        Request = { Scheme = "http", Host = new HostString("127.0.0.1:5080"), Path = path },
    };
}
