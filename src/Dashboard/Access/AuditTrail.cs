using System.Net;
using System.Text.RegularExpressions;
using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Dashboard.Http;
using AdvSeg.UseCases.Access;

namespace AdvSeg.Dashboard.Access;

/// <summary>The entry of the audit log that a request has; made when it is needed.</summary>
internal sealed class AuditedRequest
{
    public required AuditEntry Entry { get; set; }

    /// <summary>It is in the log, without a result.</summary>
    public bool IsWritten { get; set; }
}

/// <summary>Stands before everything that answers, and notes what became of a change, or that it was refused.</summary>
internal sealed class AuditTrail(RequestDelegate next, AuditLog log, AuditRefusals refusals)
{
    private const int ClientClosedRequest = 499;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        finally
        {
            bool isLeft = context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted;
            Note(context, isLeft ? ClientClosedRequest : context.Response.StatusCode);
        }
    }

    private void Note(HttpContext context, int status)
    {
        AuditedRequest? audited = context.Features.Get<AuditedRequest>();
        if (audited is { IsWritten: true })
        {
            log.Note(audited.Entry with { Status = status });
        }
        else if (audited is not null || (status is 401 or 403 && (context.Request.Changes() || IsSigningIn(context))))
        {
            // Nothing was changed: the request was refused, or its entry could not be written.
            refusals.Note((audited?.Entry ?? AuditedRequests.EntryOf(context, log)) with { Status = status });
        }
    }

    /// <summary>Whether the refused request is a sign-in: an endpoint that is open to everybody refuses nothing else.</summary>
    private static bool IsSigningIn(HttpContext context) => EndpointRights.Of(context.GetEndpoint()) is Right.Open;

    /// <summary>Stands behind the gate and writes what may change something into the log before it is done.</summary>
    internal sealed class Writing(RequestDelegate next)
    {
        public async Task InvokeAsync(HttpContext context)
        {
            if (context.Request.Changes() && EndpointRights.Of(context.GetEndpoint()) is not (null or Right.Open))
            {
                await context.BeginAuditAsync(context.Caller());
            }

            await next(context);
        }
    }
}

internal static partial class AuditedRequests
{
    private const int MostRuns = 20;

    /// <summary>Writes down that this is going to be done; what does it goes on only when that is durable.</summary>
    /// <exception cref="Storage.Contract.ArtifactStoreException">It cannot be written.</exception>
    public static async Task BeginAuditAsync(this HttpContext context, Caller caller)
    {
        AuditLog log = context.RequestServices.GetRequiredService<AuditLog>();
        var audited = new AuditedRequest { Entry = WithCaller(EntryOf(context, log), caller) };
        context.Features.Set(audited);
        await log.WriteAsync(audited.Entry, context.RequestAborted);
        audited.IsWritten = true;
    }

    /// <summary>Adds what became known while the request was answered.</summary>
    public static void Audit(this HttpContext context, Func<AuditEntry, AuditEntry> more)
    {
        if (context.Features.Get<AuditedRequest>() is { } audited)
        {
            audited.Entry = more(audited.Entry);
        }
    }

    public static bool Changes(this HttpRequest request) =>
        !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));

    /// <summary>
    /// The entry of a request. A value is kept only if it has the form that it must have: a token that was pasted in an id's place is left out, and
    /// so is the name of a patient's file.
    /// </summary>
    internal static AuditEntry EntryOf(HttpContext context, AuditLog log)
    {
        HttpRequest request = context.Request;
        RouteValueDictionary route = request.RouteValues;
        AccessSettings settings = context.RequestServices.GetRequiredService<AccessSettings>();

        // A secret of the settings may look like an id: 'openssl rand -hex 32' gives 64 hex digits, as a digest has.
        bool IsKept(string text, Func<string, bool> isOne) => isOne(text) && !settings.IsSecret(text);
        string? Part(string name, Func<string, bool> isOne) => route.GetValueOrDefault(name) is string text && IsKept(text, isOne) ? text : null;
        string[] runs = [.. request.Query["run"].OfType<string>().Where(r => IsKept(r, Run().IsMatch)).Take(MostRuns)];
        AuditEntry entry = log.New(ActionOf(context)) with
        {
            Address = (context.Features.Get<AskedFrom>()?.Address ?? context.Connection.RemoteIpAddress) is { } address ? AddressOf(address) : null,
            Sweep = Part(EndpointRights.SweepPart, SweepId.IsOne),
            Runs = runs.Length > 0 ? runs : null,
            Worker = Part("worker", Worker().IsMatch),
            Cohort = Part("digest", Digest.IsSha256),
            AboutToken = Part("token", SecretText.IsId),
        };
        return context.Features.Get<AskedBy>() is { } asked ? WithCaller(entry, asked.Caller) : entry;
    }

    private static AuditEntry WithCaller(AuditEntry entry, Caller caller) =>
        entry with { User = caller.User.Name, Role = caller.User.Role, By = caller.By, Token = caller.Token };

    private static string ActionOf(HttpContext context)
    {
        string method = context.Request.Method is "POST" or "PUT" or "DELETE" or "PATCH" or "GET" ? context.Request.Method : "other";
        return context.GetEndpoint() is RouteEndpoint endpoint ? $"{method} /{endpoint.RoutePattern.RawText?.Trim('/')}" : method;
    }

    private static string AddressOf(IPAddress address) => (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();

    [GeneratedRegex(@"^[0-9a-f]{1,64}\z")]
    private static partial Regex Run();

    [GeneratedRegex(@"^[A-Za-z0-9._@:-]{1,64}\z")]
    private static partial Regex Worker();
}
