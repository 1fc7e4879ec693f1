namespace AdvSeg.Storage;

/// <summary>A write that keeps failing.</summary>
public sealed record StoreFault(string Key, string Message, DateTimeOffset Since);
