using AdvSeg.Core.Errors;
using AdvSeg.Dashboard.Http;
using AdvSeg.Dashboard.Pages;
using AdvSeg.Storage.Contract;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.Dashboard.Api;

/// <summary>Turns what goes wrong into an answer: problem details for programs, a page for people.</summary>
internal sealed partial class FailureAnswers(RequestDelegate next, PageRenderer pages, ILogger<FailureAnswers> logger)
{
    private static readonly string StoreFailure = typeof(ArtifactStoreException).FullName!;

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { StatusCode: >= 400, HasStarted: false, ContentType: null })
            {
                await AnswerAsync(context, context.Response.StatusCode, DetailOf(context));
            }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            (int status, string detail) = Classify(e);
            if (status >= StatusCodes.Status500InternalServerError && e is not NotYetException && DamagedException.In(e) is null)
            {
                // Of the path only its form: it may hold the name of a patient's file, or a token that was pasted in an id's place.
                LogUnexpected(logger, e, context.Request.Method, (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "no page");
            }

            if (e is TooManyRequestsException { After: var after })
            {
                context.Response.Headers.RetryAfter = $"{Math.Max(1, Math.Ceiling(after.TotalSeconds))}";
            }

            await AnswerAsync(context, status, detail);
        }
    }

    private static (int Status, string Detail) Classify(Exception e) => e switch
    {
        // Orleans may have wrapped it. The stored data is at fault and not the request, so trying again does not help.
        _ when DamagedException.In(e) is { } damage => (StatusCodes.Status500InternalServerError, damage.Message),
        UnknownUserException => (StatusCodes.Status401Unauthorized, e.Message),
        RefusedException => (StatusCodes.Status403Forbidden, e.Message),
        NotFoundException => (StatusCodes.Status404NotFound, e.Message),
        TooManyRequestsException => (StatusCodes.Status429TooManyRequests, e.Message),
        SpecException => (StatusCodes.Status400BadRequest, e.Message),
        BadHttpRequestException bad => (bad.StatusCode, bad.Message),
        NotYetException => (StatusCodes.Status503ServiceUnavailable, e.Message),
        ArtifactStoreException => (StatusCodes.Status503ServiceUnavailable, PublicText.Of(e.Message)),
        OrleansException when StoreFailureOf(e) is { } failure => (StatusCodes.Status503ServiceUnavailable, failure),
        OrleansException or TimeoutException or OperationCanceledException =>
            (StatusCodes.Status503ServiceUnavailable, "The cluster does not answer, or could not do it; try again in a few seconds."),
        _ => (StatusCodes.Status500InternalServerError, $"The server failed unexpectedly ({e.GetType().Name}); its log has the whole story."),
    };

    /// <summary>The message of a store that failed. Orleans hides it in a message of its own, together with the whole stack trace.</summary>
    private static string? StoreFailureOf(Exception e)
    {
        for (Exception? inner = e; inner is not null; inner = inner.InnerException)
        {
            if (inner is ArtifactStoreException)
            {
                return PublicText.Of(inner.Message);
            }
        }

        int start = e.Message.IndexOf(StoreFailure, StringComparison.Ordinal);
        return start < 0 ? null : PublicText.Of(e.Message[(start + StoreFailure.Length)..].TrimStart(':', ' '));
    }

    private static string DetailOf(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => $"There is nothing at {context.Request.Path}; /openapi/v1.json lists the API.",
        StatusCodes.Status405MethodNotAllowed => $"{context.Request.Path} does not take {context.Request.Method}; /openapi/v1.json lists the API.",
        int status => $"{Answers.TitleOf(status)}.",
    };

    private async Task AnswerAsync(HttpContext context, int status, string detail)
    {
        // A cache may keep "not found" without being told to.
        context.Response.Headers.CacheControl = "no-store";
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            context.Response.Headers.RetryAfter = "5";
        }

        if (status == StatusCodes.Status401Unauthorized)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"advseg\"";
        }

        bool person = !context.Request.Path.StartsWithSegments("/api")
            && context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.Ordinal);
        if (person)
        {
            await (await pages.RenderAsync<ErrorPage>(new() { ["Status"] = status, ["Detail"] = detail }, status)).ExecuteAsync(context);
        }
        else
        {
            await Answers.WriteProblemAsync(context, status, detail);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, string method, string path);
}
