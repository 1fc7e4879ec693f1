using AdvSeg.Core.Access;

namespace AdvSeg.Dashboard.Http;

/// <summary>What an endpoint asks of whoever calls it, as its metadata.</summary>
internal sealed record NeededRight(Right Right);

/// <summary>Each endpoint says its right where it is mapped; one that does not keeps the server from starting.</summary>
internal static class EndpointRights
{
    /// <summary>The route's part that names the sweep of <see cref="Right.Own"/>.</summary>
    public const string SweepPart = "id";

    public static T Needs<T>(this T endpoints, Right right)
        where T : IEndpointConventionBuilder =>
        endpoints.WithMetadata(new NeededRight(right));

    /// <summary>Null for an answer that is no endpoint of anybody: "method not allowed".</summary>
    public static Right? Of(Endpoint? endpoint) => endpoint?.Metadata.GetMetadata<NeededRight>()?.Right;

    /// <exception cref="InvalidOperationException">An endpoint has no right, or one that it cannot have.</exception>
    public static void Require(IEndpointRouteBuilder app)
    {
        foreach (RouteEndpoint endpoint in app.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            Right right = Of(endpoint)
                ?? throw new InvalidOperationException($"{endpoint.DisplayName} does not say who may call it; add .Needs(...)");
            if (right == Right.Own && endpoint.RoutePattern.GetParameter(SweepPart) is null)
            {
                throw new InvalidOperationException($"{endpoint.DisplayName} is for a sweep's owner and names no sweep");
            }
        }
    }
}
