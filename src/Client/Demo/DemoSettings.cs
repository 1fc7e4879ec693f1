namespace AdvSeg.Client.Demo;

/// <summary>What a person typed after <c>demo</c>.</summary>
internal sealed record DemoSettings
{
    public required string Preset { get; init; }

    /// <summary>A sweep file instead of a preset.</summary>
    public required string? File { get; init; }

    public required int? Seeds { get; init; }

    public required string Data { get; init; }

    public required int? Port { get; init; }

    public required int? Slots { get; init; }

    public required bool KeepOpen { get; init; }
}
