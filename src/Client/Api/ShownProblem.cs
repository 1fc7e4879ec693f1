namespace AdvSeg.Client.Api;

/// <summary>The members of problem details (RFC 9457) that a person is shown.</summary>
internal sealed record ShownProblem
{
    public string? Title { get; init; }

    public string? Detail { get; init; }
}
