using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Store;
using AdvSeg.Dashboard;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;

namespace AdvSeg.Client.Tests;

/// <summary>
/// An endpoint of the API is one entry: its address, its description, its line in docs/reference.md and, where a command asks for it, the
/// method of the client.
/// </summary>
public sealed partial class EndpointTests
{
    private const string Root = "/api/v1";
    private static readonly RouteEndpoint[] Endpoints = FindEndpoints();

    /// <summary>Address and what asks for it, as the page's table has them.</summary>
    private static readonly Dictionary<string, string> Documented =
        Row().Matches(File.ReadAllText(SourceFile.Of("docs/reference.md")))
            .ToDictionary(row => row.Groups["address"].Value, row => row.Groups["askers"].Value);

    [Fact]
    public void Endpoint_OfTheApi_SaysWhatItIs()
    {
        Assert.InRange(Endpoints.Length, 25, 100);
        Assert.All(Endpoints, endpoint => Assert.Matches(@"^.*\.$", endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary ?? ""));
    }

    [Fact]
    public void Endpoints_OfTheApi_AreThoseOfTheReference() =>
        Assert.Equal(Documented.Keys.Order(StringComparer.Ordinal), Endpoints.Select(AddressOf).Order(StringComparer.Ordinal));

    /// <summary>Whatever a command asks for has a method in the client, and each of its methods asks for something that there is.</summary>
    [Fact]
    public async Task Client_Asked_CallsTheEndpointsThatCommandsNeed()
    {
        string[] called = [.. (await CallAllAsync()).Select(Match).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(Documented.Where(row => row.Value.Contains('`')).Select(row => row.Key).Order(StringComparer.Ordinal), called);
    }

    private static RouteEndpoint[] FindEndpoints()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.AddAdvSegDashboard();

        // Handlers are not called: what they take only has to be known.
        builder.Services.AddSingleton(DispatchProxy.Create<IGrainFactory, NeverAsked>());
        builder.Services.AddSingleton(DispatchProxy.Create<IArtifactStore, NeverAsked>());
        IEndpointRouteBuilder app = builder.Build().MapAdvSegDashboard();
        return
        [
            .. app.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
                .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith($"{Root}/", StringComparison.Ordinal)),
        ];
    }

    private static string AddressOf(RouteEndpoint endpoint) =>
        $"{Assert.Single(endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods)} {endpoint.RoutePattern.RawText}";

    /// <summary>Calls every method of the client with arguments of any value; every call is refused.</summary>
    private static async Task<List<(string Method, string Path)>> CallAllAsync()
    {
        var server = new Refusal();
        using var client = new ApiClient(ServerAddress.Parse("http://server"), server);
        MethodInfo[] methods =
            [.. typeof(ApiClient).GetMethods(BindingFlags.Public | BindingFlags.Instance).Where(m => m.ReturnType.IsAssignableTo(typeof(Task)))];
        Assert.NotEmpty(methods);
        foreach (MethodInfo method in methods)
        {
            foreach (string verb in method.GetParameters().Any(p => p.Name == "verb") ? ["pause", "resume", "cancel"] : new[] { "" })
            {
                object?[] arguments = [.. method.GetParameters().Select(p => p.Name == "verb" ? verb : AnyOf(p.ParameterType))];
                await Assert.ThrowsAsync<CommandException>(() => (Task)method.Invoke(client, arguments)!);
            }
        }

        return server.Asked;
    }

    private static object? AnyOf(Type type) => type switch
    {
        _ when type == typeof(string) => "x",
        _ when type == typeof(byte[]) => Array.Empty<byte>(),
        _ when type == typeof(Stream) => new MemoryStream(),
        _ when type == typeof(HttpContent) => new ByteArrayContent([]),
        _ when type == typeof(IEnumerable<string>) => new[] { "y" },
        _ when type == typeof(CancellationToken) => CancellationToken.None,
        _ when Nullable.GetUnderlyingType(type) is not null => null,
        _ => Activator.CreateInstance(type),
    };

    /// <summary>The endpoint that serves a request: of those that fit, the one with the fewest parameters.</summary>
    private static string Match((string Method, string Path) asked) => AddressOf(Endpoints
        .Where(endpoint => AddressOf(endpoint).StartsWith($"{asked.Method} ", StringComparison.Ordinal))
        .Where(endpoint => new TemplateMatcher(TemplateParser.Parse(endpoint.RoutePattern.RawText!.TrimStart('/')), []).TryMatch(asked.Path, []))
        .MinBy(endpoint => endpoint.RoutePattern.Parameters.Count) ?? throw new InvalidOperationException($"nothing serves {asked}"));

    [GeneratedRegex(@"^\| `(?<address>[A-Z]+ /api/v1/[^`]+)` \| (?<askers>[^|]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    private sealed class Refusal : HttpMessageHandler
    {
        public List<(string Method, string Path)> Asked { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked.Add((request.Method.Method, request.RequestUri!.AbsolutePath));
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.InternalServerError)
            {
                RequestMessage = request,
                Content = new ByteArrayContent([]),
            });
        }
    }

    [SuppressMessage("Performance", "CA1852", Justification = "The proxy is a type derived from it.")]
    private class NeverAsked : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new InvalidOperationException();
    }
}
