namespace AdvSeg.Client.Api;

/// <summary>One file of a sweep's report, as the server lists it.</summary>
internal sealed record ReportFile(string Name, string ContentType, long Bytes);

/// <summary>The members of problem details (RFC 9457) that a person is shown.</summary>
internal sealed record Problem
{
    public string? Title { get; init; }

    public string? Detail { get; init; }
}
