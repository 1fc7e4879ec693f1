namespace AdvSeg.UseCases.Errors;

/// <summary>What was asked for is not there; the message says where to look.</summary>
public sealed class NotFoundException(string message) : Exception(message);
