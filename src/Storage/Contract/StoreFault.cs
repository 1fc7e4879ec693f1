namespace AdvSeg.Storage.Contract;

/// <summary>A write that keeps failing.</summary>
public sealed record StoreFault(string Key, string Message, DateTimeOffset Since);
