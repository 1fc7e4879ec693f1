using System.Text.RegularExpressions;
using AdvSeg.Dashboard.Http;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace AdvSeg.Dashboard.Pages;

/// <summary>Renders a component to HTML on the server. Everything shown is escaped by the renderer.</summary>
internal sealed partial class PageRenderer(IServiceProvider services, ILoggerFactory loggers, DashboardSettings dashboard)
{
    public async Task<IResult> RenderAsync<TComponent>(Dictionary<string, object?> parameters, int status = StatusCodes.Status200OK)
        where TComponent : IComponent
    {
        await using var renderer = new HtmlRenderer(services, loggers);
        string html = await renderer.Dispatcher.InvokeAsync(async () =>
            (await renderer.RenderComponentAsync<TComponent>(ParameterView.FromDictionary(parameters))).ToHtmlString());
        return Results.Content(WithBasePath(html), "text/html; charset=utf-8", statusCode: status);
    }

    /// <summary>
    /// Puts the base path before every address of a page, because a proxy may show this server below a path. Text is left alone: its quotation marks
    /// are escaped, so it does not match.
    /// </summary>
    private string WithBasePath(string html) =>
        dashboard.BasePath.Length == 0 ? html : Addresses().Replace(html, match => $"{match.Value[..^1]}{dashboard.BasePath}/");

    [GeneratedRegex(" (href|src|action|data-part|data-post|data-stream)=\"/")]
    private static partial Regex Addresses();
}
