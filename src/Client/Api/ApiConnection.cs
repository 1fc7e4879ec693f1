using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Hosting.Tls;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Client.Api;

/// <summary>Requests to one server, each with its time limit, and what its answers mean.</summary>
internal sealed class ApiConnection(ServerAddress server, HttpMessageHandler? carrier) : IDisposable
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(15);

    private readonly HttpClient _http = Open(server, carrier);

    public void Dispose() => _http.Dispose();

    /// <returns>Null where there is nothing.</returns>
    /// <exception cref="SweepPreparingException">It is a sweep that has not started yet.</exception>
    public async Task<T?> FindAsync<T>(string path, TimeSpan limit, CancellationToken cancellationToken)
        where T : class
    {
        using HttpResponseMessage response = await SendRawAsync(HttpMethod.Get, path, null, limit, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        await RequireSuccessAsync(response, cancellationToken);
        return response.StatusCode == HttpStatusCode.Accepted
            ? throw new SweepPreparingException(await ReadAsync<SweepPreparation>(response, cancellationToken))
            : await ReadAsync<T>(response, cancellationToken);
    }

    /// <exception cref="CommandException">The server refuses; the message is its own.</exception>
    /// <exception cref="UnreachableServerException">It does not answer within the limit, or is not ready.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? body, TimeSpan limit, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await SendRawAsync(method, path, body, limit, cancellationToken);
        try
        {
            await RequireSuccessAsync(response, cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>The whole answer, its body too, within the limit.</summary>
    /// <exception cref="UnreachableServerException">Nothing answers at the address, which the message names.</exception>
    private async Task<HttpResponseMessage> SendRawAsync(
        HttpMethod method, string path, HttpContent? body, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        try
        {
            if (server.Login is { } login)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await login.TokenAsync(limited.Token));
            }

            return await _http.SendAsync(request, limited.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw NoAnswer(limited.IsCancellationRequested ? $"nothing within {limit.TotalSeconds:0.#} s" : e.GetBaseException().Message, e);
        }
        catch (HttpRequestException e)
        {
            throw NoAnswer(e.GetBaseException().Message, e);
        }
    }

    private UnreachableServerException NoAnswer(string why, Exception inner) => new(
        $"No answer from {server.Name} ({why.TrimEnd('.')}). Start a server with 'advseg serve', or name one with --server.", inner);

    /// <exception cref="CommandException">The answer is none of this API.</exception>
    public async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        try
        {
            return JsonSerializer.Deserialize<T>(body, MessageJson.Options) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new CommandException(
                ExitCode.Failure, $"{server.Api} does not answer like an AdvSeg server of this version ({e.Message}).", e);
        }
    }

    private async Task RequireSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        string detail = DetailOf(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        throw response.StatusCode switch
        {
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout =>
                new UnreachableServerException(Sentence($"The server at {server.Name} is not ready", detail)),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity or HttpStatusCode.RequestEntityTooLarge =>
                new CommandException(ExitCode.BadInput, detail.Length > 0 ? detail : "The server refused the request as malformed."),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when detail.Length == 0 => new CommandException(
                ExitCode.Failure,
                $"The server at {server.Name} answered {(int)response.StatusCode}: it wants another name and password. Give them in its address, "
                    + "https://NAME:PASSWORD@HOST, best in ADVSEG_SERVER."),
            _ => new CommandException(
                ExitCode.Failure,
                detail.Length > 0 ? detail : $"The server at {server.Name} answered {(int)response.StatusCode} to "
                    + $"{response.RequestMessage?.RequestUri?.AbsolutePath}."),
        };
    }

    private static string Sentence(string start, string detail) => detail.Length > 0 ? $"{start}: {detail}" : $"{start}.";

    private static string DetailOf(byte[] body)
    {
        try
        {
            ShownProblem? problem = JsonSerializer.Deserialize<ShownProblem>(body, JsonSerializerOptions.Web);
            return problem?.Detail ?? problem?.Title ?? "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    /// <summary>
    /// Opens a client for a sign-in provider. Its certificate is checked against this machine's authorities, not against the server's CA.
    /// </summary>
    public static HttpClient OpenProvider() => new(new SocketsHttpHandler { Proxy = DirectProxy.OfEnvironment(), ConnectTimeout = ConnectLimit });

    /// <summary>Each call has its own time limit: a timeout of the client could not be told from a person's cancellation.</summary>
    private static HttpClient Open(ServerAddress server, HttpMessageHandler? carrier)
    {
        HttpMessageHandler handler = carrier ?? HandlerOf(server);
        var http = new HttpClient(handler) { BaseAddress = server.Api, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = server.Credentials;
        return http;
    }

    private static SocketsHttpHandler HandlerOf(ServerAddress server)
    {
        var handler = new SocketsHttpHandler { Proxy = DirectProxy.OfEnvironment(), ConnectTimeout = ConnectLimit };
        if (server.Authority is { } authority)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = new AuthorityTrust(Shared.AuthorityName, authority).IsTrusted;
        }

        return handler;
    }
}
