using System.Net;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>
/// Every endpoint that there is, asked with ids, queries and bodies that mean no good: what is asked for is refused as the asker's fault,
/// and no answer tells of the server's insides.
/// </summary>
[Collection(FinishedSweep.Collection)]
public sealed class HostileRequestTests(FinishedSweep finished, ITestOutputHelper output)
{
    private const string Secret = "planted-secret-4711";

    /// <summary>As they are in an address.</summary>
    private static readonly string[] Ids =
    [
        "unknown-0", "UNKNOWN", "%0A", "ID%0A", "ID%00", "x%2e%2e", "..%2F..%2Fplanted.txt", "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "%27%20OR%201%3D1", "%1B%5B31m", "%E2%80%AE", "%F0%9F%92%A3", "%C0%AF", "%25n%25s", "-1", "0", "9999999999999999999999", "1e400", "null",
        "a/b", "%5C%5Chost%5Cshare", "CON", "ID.bak", new string('a', 64), new string('f', 63), new string('x', 4000),
    ];

    private static readonly string[] Values =
    [
        "", "-1", "2147483648", "99999999999999999999", "1e400", "NaN", "null", "true", "maybe", "%00", "%0A", "%1B%5B2J", "..%2F..", "%3Cb%3E",
        "a,b,c", "abcdef",
    ];

    private static readonly (string Type, string Body)[] Bodies =
    [
        ("application/yaml", ""), ("application/yaml", "\0\0\0"), ("application/yaml", "!!]"), ("application/yaml", "[[[[[[[[[[[["),
        ("application/yaml", "apiVersion: advseg/v1\nname: \u001b[31mred\npreset: smoke\n"), ("application/json", "{\"patients\":[null]}"),
        ("application/json", "{\"size\":1e400}"), ("application/json", "null"), ("application/json", new string('[', 5000)),
        ("text/plain", "\ufeff\ufffe"),
        ("multipart/form-data; boundary=x", "--x"), ("application/yaml", "cohort: {folder: /etc/passwd}"),
    ];

    /// <summary>What no answer has in it.</summary>
    private static readonly string[] Insides =
        ["   at ", ".cs:line", "Exception:", "AdvSeg.Dashboard.", "Orleans.", AppContext.BaseDirectory, Secret];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryEndpoint_AskedForWhatMeansNoGood_RefusesItAndTellsNothingOfItself()
    {
        await File.WriteAllTextAsync(Path.Combine(finished.Server.Folder, "planted.txt"), Secret, Cancellation);
        RouteEndpoint[] endpoints = [.. finished.Server.Endpoints.OfType<RouteEndpoint>()];
        Assert.InRange(endpoints.Length, 35, 200);
        Request[] requests = [.. endpoints.SelectMany(RequestsOf).DistinctBy(r => (r.Method, r.Address, r.Body))];
        using var http = new HttpClient { BaseAddress = finished.Server.Address, Timeout = TimeSpan.FromSeconds(60) };
        Dictionary<HttpStatusCode, int> answers = [];
        List<string> wrong = [];
        foreach (Request request in requests)
        {
            (HttpStatusCode status, string? problem) = await AskAsync(http, request);
            answers[status] = answers.GetValueOrDefault(status) + 1;
            wrong.AddRange(problem is null ? [] : [problem]);
        }

        string counts = string.Join(", ", answers.Select(a => $"{(int)a.Key}: {a.Value}"));
        output.WriteLine($"{requests.Length} requests to {endpoints.Length} endpoints: {counts}");
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {requests.Length}:\n{string.Join('\n', wrong.Take(40))}");
        Assert.True(requests.Length > 1000);
    }

    /// <returns>What is wrong with the answer; null when nothing is.</returns>
    private async Task<(HttpStatusCode Status, string? Problem)> AskAsync(HttpClient http, Request request)
    {
        var address = new Uri(
            $"{finished.Server.Address.GetLeftPart(UriPartial.Authority)}{request.Address}",
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), address);
        if (request.Body is var (type, body))
        {
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            message.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        }

        using HttpResponseMessage answer = await http.SendAsync(message, Cancellation);
        string text = await answer.Content.ReadAsStringAsync(Cancellation);
        int status = (int)answer.StatusCode;
        string? problem =
            status >= 500 ? "a fault of the server"
            : request.IsHostile && status < 400 ? "taken"
            : Insides.Append(finished.Server.Folder).FirstOrDefault(inside => text.Contains(inside, StringComparison.Ordinal)) is { } inside ? inside
            : status >= 400 && text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')) ? "a control character"
            : IsPage(answer) && text.Contains("<script>alert", StringComparison.Ordinal) ? "markup"
            : null;
        return (answer.StatusCode, problem is null ? null
            : $"{problem}: {request.Method} {Cut(request.Address, 120)} {Cut(request.Body?.Body ?? "", 40)}: {status} {Cut(text, 200)}");
    }

    /// <summary>Other answers say that they are no page, and that nobody is to guess.</summary>
    private static bool IsPage(HttpResponseMessage answer) => answer.Content.Headers.ContentType?.MediaType is "text/html" or "image/svg+xml"
        || !answer.Headers.TryGetValues("X-Content-Type-Options", out IEnumerable<string>? guess) || guess.Single() != "nosniff";

    private static string Cut(string text, int length) => text.Length <= length ? text : $"{text[..length]}...";

    private IEnumerable<Request> RequestsOf(RouteEndpoint endpoint)
    {
        string[] methods = [.. endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]];
        string[] names = [.. endpoint.RoutePattern.Parameters.Select(p => p.Name)];
        string[] queries =
        [
            .. endpoint.Metadata.GetMetadata<MethodInfo>()?.GetParameters().Select(p => p.Name!).Where(n => !names.Contains(n)) ?? [],
            "run", "count", "offset",
        ];
        foreach (string method in methods)
        {
            // All parts hostile; then one after the other, beside a sweep that there is.
            foreach (string id in Ids)
            {
                foreach (int known in new[] { 0, 1 }.Where(k => k < Math.Max(1, names.Length)))
                {
                    yield return new Request(method, Fill(endpoint, known, id), null, names.Length > 0);
                }
            }

            foreach (string value in Values)
            {
                foreach (string query in queries.Distinct())
                {
                    yield return new Request(method, $"{Fill(endpoint, 0, "unknown-0")}?{query}={value}", null, false);
                }
            }

            foreach ((string Type, string Body) body in method is "POST" or "PUT" ? Bodies : [])
            {
                yield return new Request(method, Fill(endpoint, 0, "unknown-0"), body, true);
            }
        }
    }

    /// <param name="endpoint">Whose address.</param>
    /// <param name="known">How many parts, from the left, are those of the finished sweep.</param>
    /// <param name="id">The other parts.</param>
    private string Fill(RouteEndpoint endpoint, int known, string id)
    {
        string hostile = id.Replace("ID", finished.Id, StringComparison.Ordinal);
        int filled = 0;
        return "/" + string.Join('/', endpoint.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            RoutePatternLiteralPart literal => literal.Content,
            RoutePatternSeparatorPart separator => separator.Content,
            _ => filled++ < known ? finished.Id : hostile,
        }))));
    }

    private sealed record Request(string Method, string Address, (string Type, string Body)? Body, bool IsHostile);
}
