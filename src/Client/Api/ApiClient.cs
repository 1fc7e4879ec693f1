using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.UseCases.Reports;

namespace AdvSeg.Client.Api;

/// <summary>
/// The HTTP API of a server (docs/architecture.md, "Commands and addresses"), typed. Refusals become a <see cref="CommandException"/>.
/// </summary>
internal sealed class ApiClient : IProgressSource, IDisposable
{
    private readonly HttpClient _http;

    /// <param name="server">Its address.</param>
    /// <param name="handler">Carries the requests; null for the network.</param>
    public ApiClient(Uri server, HttpMessageHandler? handler = null) => _http = new HttpClient(handler ?? new HttpClientHandler())
    {
        BaseAddress = new Uri(server, "/api/v1/"),
        Timeout = TimeSpan.FromSeconds(100),
    };

    /// <summary>The server that a command was told to talk to.</summary>
    /// <exception cref="CommandException">The text is no address.</exception>
    public static ApiClient Of(ParseResult parsed)
    {
        string text = parsed.GetRequiredValue(Shared.Server);
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? server) && server.Scheme is "http" or "https"
            ? new ApiClient(server)
            : throw new CommandException(ExitCode.Usage, $"'{text}' is not a server address; use one like {Shared.DefaultServer}.");
    }

    public void Dispose() => _http.Dispose();

    public Task<IReadOnlyList<SweepStatus>> GetSweepsAsync(CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<SweepStatus>>("sweeps", cancellationToken);

    /// <param name="yaml">The sweep file.</param>
    /// <param name="cohort">Digest of the uploaded cohort, when the file names a folder.</param>
    /// <param name="evaluationCohort">The same of the evaluation cohort.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<SweepStatus> SubmitAsync(string yaml, string? cohort, string? evaluationCohort, CancellationToken cancellationToken)
    {
        string[] query =
            [
                .. new[] { ("cohort", cohort), ("evaluationCohort", evaluationCohort) }.Where(p => p.Item2 is not null).Select(
                    p => $"{p.Item1}={p.Item2}"),
            ];
        using var body = new StringContent(yaml, Encoding.UTF8, "application/yaml");
        using HttpResponseMessage response =
            await SendAsync(HttpMethod.Post, query.Length == 0 ? "sweeps" : $"sweeps?{string.Join('&', query)}", body, cancellationToken);
        return await ReadAsync<SweepStatus>(response, cancellationToken);
    }

    public Task<SweepStatus?> GetStatusAsync(string sweep, CancellationToken cancellationToken) =>
        FindAsync<SweepStatus>($"sweeps/{Escape(sweep)}", cancellationToken);

    public Task<Plan> GetPlanAsync(string sweep, CancellationToken cancellationToken) =>
        GetAsync<Plan>($"sweeps/{Escape(sweep)}/plan", cancellationToken);

    public Task<RunPage> GetRunsAsync(string sweep, int offset, int count, RunState? state, CancellationToken cancellationToken) =>
        GetAsync<RunPage>(
            $"sweeps/{Escape(sweep)}/runs?offset={offset}&count={count}{(state is { } s ? $"&state={Kebab.Of(s)}" : "")}",
            cancellationToken);

    /// <param name="first">SWEEP or SWEEP/VARIANT.</param>
    /// <param name="second">The same.</param>
    /// <param name="mixedNumerics">Compare although the numerics differ.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<SweepComparison> CompareAsync(string first, string second, bool mixedNumerics, CancellationToken cancellationToken) =>
        GetAsync<SweepComparison>(
            $"compare?first={Escape(first)}&second={Escape(second)}{(mixedNumerics ? "&mixedNumerics=true" : "")}", cancellationToken);

    public Task<IReadOnlyList<CellView>> GetCellsAsync(string sweep, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<CellView>>($"sweeps/{Escape(sweep)}/cells", cancellationToken);

    public Task<ProgressBatch> GetProgressAsync(string sweep, long since, CancellationToken cancellationToken) =>
        GetAsync<ProgressBatch>($"sweeps/{Escape(sweep)}/progress?since={since}", cancellationToken);

    public Task<IReadOnlyList<WorkerView>> GetWorkersAsync(CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<WorkerView>>("workers", cancellationToken);

    /// <param name="sweep">The sweep.</param>
    /// <param name="verb"><c>pause</c>, <c>resume</c> or <c>cancel</c>.</param>
    /// <param name="runs">Single runs of it; none for the whole sweep.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The sweep after.</returns>
    public Task<SweepStatus> CommandAsync(string sweep, string verb, IEnumerable<string> runs, CancellationToken cancellationToken) =>
        PostAsync<SweepStatus>($"sweeps/{Escape(sweep)}/{verb}{Query(runs.Select(r => $"run={Escape(r)}"))}", cancellationToken);

    public Task<RetryAnswer> RetryAsync(string sweep, IEnumerable<string> runs, bool failed, bool cancelled, CancellationToken cancellationToken) =>
        PostAsync<RetryAnswer>(
            $"sweeps/{Escape(sweep)}/retry"
                + Query(
                    [
                        .. runs.Select(r => $"run={Escape(r)}"),
                        .. failed ? ["failed=true"] : Array.Empty<string>(),
                        .. cancelled ? ["cancelled=true"] : Array.Empty<string>(),
                    ]),
            cancellationToken);

    public Task<Why> GetWhyAsync(string sweep, string run, CancellationToken cancellationToken) =>
        GetAsync<Why>($"sweeps/{Escape(sweep)}/runs/{Escape(run)}/why", cancellationToken);

    /// <summary>The runs whose ids start with these digits.</summary>
    public Task<IReadOnlyList<RunPlace>> FindRunsAsync(string digits, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<RunPlace>>($"runs?id={Escape(digits)}", cancellationToken);

    public async Task<string> GetLogAsync(string run, long? attempt, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response =
            await SendAsync(HttpMethod.Get, $"runs/{Escape(run)}/log{(attempt is { } a ? $"?attempt={a}" : "")}", null, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    public Task<DrainReply> DrainAsync(string worker, CancellationToken cancellationToken) =>
        PostAsync<DrainReply>($"workers/{Escape(worker)}/drain", cancellationToken);

    public Task<IReadOnlyList<ReportEntry>> GetReportAsync(string sweep, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<ReportEntry>>($"sweeps/{Escape(sweep)}/report", cancellationToken);

    public async Task<byte[]> GetReportFileAsync(string sweep, string name, CancellationToken cancellationToken)
    {
        string path = string.Join('/', name.Split('/').Select(Escape));
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, $"sweeps/{Escape(sweep)}/report/{path}", null, cancellationToken);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <summary>Uploads one file of a cohort; uploading it again changes nothing.</summary>
    public async Task PutCohortFileAsync(string digest, string path, Stream content, CancellationToken cancellationToken)
    {
        using var body = new StreamContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        string escaped = string.Join('/', path.Split('/').Select(Escape));
        using HttpResponseMessage response = await SendAsync(HttpMethod.Put, $"cohorts/{digest}/files/{escaped}", body, cancellationToken);
    }

    /// <summary>Ends an upload: the server checks every file against the manifest and commits the cohort.</summary>
    public async Task CommitCohortAsync(string digest, byte[] manifest, CancellationToken cancellationToken)
    {
        using var body = new ByteArrayContent(manifest);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await SendAsync(HttpMethod.Post, $"cohorts/{digest}", body, cancellationToken);
    }

    private static string Query(IEnumerable<string> parts) => string.Join('&', parts) is { Length: > 0 } query ? $"?{query}" : "";

    private static string Escape(string segment) => Uri.EscapeDataString(segment);

    private async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Get, path, null, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    private async Task<T> PostAsync<T>(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(HttpMethod.Post, path, null, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    private async Task<T?> FindAsync<T>(string path, CancellationToken cancellationToken)
        where T : class
    {
        using HttpResponseMessage response = await SendRawAsync(HttpMethod.Get, path, null, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        await RequireSuccessAsync(response, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await SendRawAsync(method, path, body, cancellationToken);
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

    /// <exception cref="HttpRequestException">Nothing answers at the address, which the message names.</exception>
    private async Task<HttpResponseMessage> SendRawAsync(HttpMethod method, string path, HttpContent? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        try
        {
            return await _http.SendAsync(request, cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new HttpRequestException(
                $"No answer from {_http.BaseAddress?.GetLeftPart(UriPartial.Authority)} ({e.GetBaseException().Message})", e);
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        try
        {
            return JsonSerializer.Deserialize<T>(body, CanonicalJson.Options) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new CommandException(
                ExitCode.Failure, $"{_http.BaseAddress} does not answer like an AdvSeg server of this version ({e.Message}).", e);
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
            HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout =>
                new CommandException(ExitCode.Unreachable, Sentence($"The server at {_http.BaseAddress?.Authority} is not ready", detail)),
            HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity or HttpStatusCode.RequestEntityTooLarge =>
                new CommandException(ExitCode.BadInput, detail.Length > 0 ? detail : "The server refused the request as malformed."),
            _ => new CommandException(
                ExitCode.Failure,
                detail.Length > 0 ? detail : $"The server answered {(int)response.StatusCode} to "
                    + $"{response.RequestMessage?.RequestUri?.PathAndQuery}."),
        };
    }

    private static string Sentence(string start, string detail) => detail.Length > 0 ? $"{start}: {detail}" : $"{start}.";

    private static string DetailOf(byte[] body)
    {
        try
        {
            Problem? problem = JsonSerializer.Deserialize<Problem>(body, JsonSerializerOptions.Web);
            return problem?.Detail ?? problem?.Title ?? "";
        }
        catch (JsonException)
        {
            return "";
        }
    }
}
