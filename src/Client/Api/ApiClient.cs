using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Access;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Sweeps;
using AdvSeg.Reporting.Aggregation;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Reports;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Client.Api;

/// <summary>
/// The HTTP API of a server (docs/architecture.md, "Commands and addresses"), typed. Refusals become a <see cref="CommandException"/>.
/// </summary>
internal sealed class ApiClient : IProgressSource, IDisposable
{
    /// <summary>For what a server knows at once.</summary>
    private static readonly TimeSpan QuestionLimit = TimeSpan.FromSeconds(30);

    /// <summary>For what it has to do or to compute first: orders, comparisons, reports.</summary>
    private static readonly TimeSpan WorkLimit = TimeSpan.FromSeconds(100);

    /// <summary>For one file of a cohort, which may be large, and for the check of all of them.</summary>
    private static readonly TimeSpan TransferLimit = TimeSpan.FromMinutes(30);

    private const int SweepsPerPage = 500;

    private readonly ApiConnection _server;

    /// <param name="server">Its address.</param>
    /// <param name="handler">Carries the requests; null for the network.</param>
    public ApiClient(ServerAddress server, HttpMessageHandler? handler = null) => _server = new ApiConnection(server, handler);

    /// <summary>The server that a command was told to talk to.</summary>
    /// <exception cref="CommandException">The text is no address.</exception>
    public static ApiClient Of(ParseResult parsed) => Of(parsed, Shared.ServerOf(parsed));

    public static ApiClient Of(ParseResult parsed, string server)
    {
        ServerAddress address = ServerAddress.Parse(server).With(Shared.TokenOf(parsed), Shared.IsInClear(parsed))
            with
        { Authority = Shared.AuthorityOf(parsed) };
        return new ApiClient(address.Credentials is null ? address with { Login = StoredLogin.Find(address) } : address);
    }

    public void Dispose() => _server.Dispose();

    /// <summary>Every sweep, newest first: as many pages as there are.</summary>
    public async Task<IReadOnlyList<SweepStatus>> GetSweepsAsync(CancellationToken cancellationToken)
    {
        // A sweep that is submitted between two pages shifts the others by one, so that one may come twice.
        OrderedDictionary<string, SweepStatus> found = new(StringComparer.Ordinal);
        for (int offset = 0; ; offset += SweepsPerPage)
        {
            IReadOnlyList<SweepStatus> page =
                await GetAsync<IReadOnlyList<SweepStatus>>($"sweeps?offset={offset}&count={SweepsPerPage}", cancellationToken);
            int before = found.Count;
            foreach (SweepStatus sweep in page)
            {
                found[sweep.Sweep] = sweep;
            }

            if (page.Count < SweepsPerPage || found.Count == before)
            {
                return [.. found.Values];
            }
        }
    }

    /// <param name="yaml">The sweep file.</param>
    /// <param name="cohort">Digest of the uploaded cohort, when the file names a folder.</param>
    /// <param name="evaluationCohort">The same of the evaluation cohort.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The sweep's id, and how far its preparation is when it has not started yet.</returns>
    public async Task<(string Sweep, SweepPreparation? Preparing)> SubmitAsync(
        string yaml, string? cohort, string? evaluationCohort, CancellationToken cancellationToken)
    {
        string query = Query(
            new[] { ("cohort", cohort), ("evaluationCohort", evaluationCohort), ("wait", "1") }
                .Where(p => p.Item2 is not null).Select(p => $"{p.Item1}={p.Item2}"));
        using var body = new StringContent(yaml, Encoding.UTF8, "application/yaml");
        using HttpResponseMessage response = await _server.SendAsync(HttpMethod.Post, $"sweeps{query}", body, WorkLimit, cancellationToken);
        if (response.StatusCode == HttpStatusCode.Accepted)
        {
            SweepPreparation preparing = await _server.ReadAsync<SweepPreparation>(response, cancellationToken);
            return (preparing.Sweep, preparing);
        }

        return ((await _server.ReadAsync<SweepStatus>(response, cancellationToken)).Sweep, null);
    }

    /// <summary>Cancels a sweep that has not started yet.</summary>
    public async Task CancelPreparationAsync(string sweep, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response =
            await _server.SendAsync(HttpMethod.Post, $"sweeps/{Escape(sweep)}/cancel", null, WorkLimit, cancellationToken);
    }

    public Task<SweepStatus?> GetStatusAsync(string sweep, CancellationToken cancellationToken) =>
        GetStatusAsync(sweep, QuestionLimit, cancellationToken);

    /// <param name="sweep">The sweep.</param>
    /// <param name="limit">For the answer, if it is shorter than that of any question.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null when there is no such sweep.</returns>
    internal Task<SweepStatus?> GetStatusAsync(string sweep, TimeSpan limit, CancellationToken cancellationToken) =>
        _server.FindAsync<SweepStatus>($"sweeps/{Escape(sweep)}", limit < QuestionLimit ? limit : QuestionLimit, cancellationToken);

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
            $"compare?first={Escape(first)}&second={Escape(second)}{(mixedNumerics ? "&mixedNumerics=true" : "")}", WorkLimit, cancellationToken);

    public Task<IReadOnlyList<CellView>> GetCellsAsync(string sweep, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<CellView>>($"sweeps/{Escape(sweep)}/cells", WorkLimit, cancellationToken);

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
            await _server.SendAsync(
                HttpMethod.Get, $"runs/{Escape(run)}/log{(attempt is { } a ? $"?attempt={a}" : "")}", null, QuestionLimit, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    public Task<DrainReply> DrainAsync(string worker, CancellationToken cancellationToken) =>
        PostAsync<DrainReply>($"workers/{Escape(worker)}/drain", cancellationToken);

    public Task<DrainReply> UndrainAsync(string worker, CancellationToken cancellationToken) =>
        PostAsync<DrainReply>($"workers/{Escape(worker)}/undrain", cancellationToken);

    public Task<IReadOnlyList<ReportEntry>> GetReportAsync(string sweep, CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<ReportEntry>>($"sweeps/{Escape(sweep)}/report", WorkLimit, cancellationToken);

    public async Task<byte[]> GetReportFileAsync(string sweep, string name, CancellationToken cancellationToken)
    {
        string path = string.Join('/', name.Split('/').Select(Escape));
        using HttpResponseMessage response =
            await _server.SendAsync(HttpMethod.Get, $"sweeps/{Escape(sweep)}/report/{path}", null, WorkLimit, cancellationToken);
        return await response.Content.ReadAsByteArrayAsync(cancellationToken);
    }

    /// <summary>Whether the server has a cohort, all of it.</summary>
    public async Task<bool> HasCohortAsync(string digest, CancellationToken cancellationToken) =>
        await _server.FindAsync<CohortManifest>($"cohorts/{digest}", WorkLimit, cancellationToken) is not null;

    /// <summary>Begins an upload, or goes on with it.</summary>
    /// <returns>What is still to be sent.</returns>
    public async Task<UploadState> OpenCohortAsync(string digest, byte[] manifest, CancellationToken cancellationToken)
    {
        using var body = new ByteArrayContent(manifest);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await _server.SendAsync(HttpMethod.Put, $"cohorts/{digest}", body, WorkLimit, cancellationToken);
        return await _server.ReadAsync<UploadState>(response, cancellationToken);
    }

    /// <summary>Uploads one file of a cohort; uploading it again changes nothing.</summary>
    public async Task PutCohortFileAsync(string digest, string path, Stream content, CancellationToken cancellationToken)
    {
        using var body = new StreamContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        string escaped = string.Join('/', path.Split('/').Select(Escape));
        using HttpResponseMessage response =
            await _server.SendAsync(HttpMethod.Put, $"cohorts/{digest}/files/{escaped}", body, TransferLimit, cancellationToken);
    }

    /// <summary>Ends an upload: the server checks every file against the manifest and commits the cohort.</summary>
    public async Task CommitCohortAsync(string digest, byte[] manifest, CancellationToken cancellationToken)
    {
        using var body = new ByteArrayContent(manifest);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await _server.SendAsync(HttpMethod.Post, $"cohorts/{digest}", body, TransferLimit, cancellationToken);
    }

    public Task<WhoAmI> GetWhoAmIAsync(CancellationToken cancellationToken) => GetAsync<WhoAmI>("whoami", cancellationToken);

    /// <summary>How the server signs users in.</summary>
    /// <exception cref="CommandException">It does not; the message is its own.</exception>
    public Task<LoginOffer> GetLoginAsync(CancellationToken cancellationToken) => GetAsync<LoginOffer>("login", cancellationToken);

    /// <summary>Begins a session with what the provider gave.</summary>
    public async Task<MadeSession> BeginLoginAsync(HttpContent form, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _server.SendAsync(HttpMethod.Post, "login", form, QuestionLimit, cancellationToken);
        return await _server.ReadAsync<MadeSession>(response, cancellationToken);
    }

    /// <summary>Ends the session that this client's requests show.</summary>
    public async Task EndLoginAsync(CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _server.SendAsync(HttpMethod.Delete, "login", null, QuestionLimit, cancellationToken);
    }

    /// <param name="user">Whose entries; null for everybody's.</param>
    /// <param name="sweep">About which sweep; null for everything.</param>
    /// <param name="since">From when on.</param>
    /// <param name="before">What the page before this one gave as its next.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<AuditPage> GetAuditAsync(string? user, string? sweep, string? since, string? before, CancellationToken cancellationToken) =>
        GetAsync<AuditPage>(
            "audit" + Query(
                new[] { ("user", user), ("sweep", sweep), ("since", since), ("before", before) }
                    .Where(p => p.Item2 is not null).Select(p => $"{p.Item1}={Escape(p.Item2!)}")),
            WorkLimit,
            cancellationToken);

    public Task<IReadOnlyList<TokenView>> GetTokensAsync(CancellationToken cancellationToken) =>
        GetAsync<IReadOnlyList<TokenView>>("tokens", cancellationToken);

    public Task<MadeToken> MakeTokenAsync(
        string user, string role, IEnumerable<string> teams, int days, string purpose, CancellationToken cancellationToken) =>
        PostAsync<MadeToken>(
            "tokens" + Query(
                [
                    $"user={Escape(user)}", $"role={Escape(role)}", $"days={days}", $"purpose={Escape(purpose)}",
                    .. teams.Select(t => $"team={Escape(t)}"),
                ]),
            cancellationToken);

    public async Task RevokeTokenAsync(string id, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response =
            await _server.SendAsync(HttpMethod.Delete, $"tokens/{Escape(id)}", null, QuestionLimit, cancellationToken);
    }

    private static string Query(IEnumerable<string> parts) => string.Join('&', parts) is { Length: > 0 } query ? $"?{query}" : "";

    private static string Escape(string segment) => Uri.EscapeDataString(segment);

    private Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) => GetAsync<T>(path, QuestionLimit, cancellationToken);

    private async Task<T> GetAsync<T>(string path, TimeSpan limit, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _server.SendAsync(HttpMethod.Get, path, null, limit, cancellationToken);
        return await _server.ReadAsync<T>(response, cancellationToken);
    }

    private async Task<T> PostAsync<T>(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await _server.SendAsync(HttpMethod.Post, path, null, WorkLimit, cancellationToken);
        return await _server.ReadAsync<T>(response, cancellationToken);
    }
}
