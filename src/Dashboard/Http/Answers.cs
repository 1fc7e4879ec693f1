using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;

namespace AdvSeg.Dashboard.Http;

/// <summary>The problem details of RFC 9457. <see cref="Detail"/> names the value and the remedy.</summary>
internal sealed record Problem(string Type, string Title, int Status, string Detail, string Instance);

/// <summary>JSON answers in the one form that also stores and hashes records.</summary>
internal static class Answers
{
    public static IResult Json<T>(T value, int status = StatusCodes.Status200OK) => Results.Json(value, CanonicalJson.Options, statusCode: status);

    /// <summary>A stored record as it is: already canonical JSON.</summary>
    public static IResult Stored(Artifact artifact) => Results.Bytes(artifact.Data, "application/json");

    public static async Task WriteProblemAsync(HttpContext context, int status, string detail)
    {
        var problem = new Problem("about:blank", TitleOf(status), status, detail, context.Request.Path.Value ?? "/");
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        await context.Response.Body.WriteAsync(CanonicalJson.Write(problem));
    }

    public static string TitleOf(int status) => Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status);
}
