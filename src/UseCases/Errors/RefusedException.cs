namespace AdvSeg.UseCases.Errors;

/// <summary>Whoever asks has not shown who they are, or what they show is not valid.</summary>
public sealed class UnknownUserException(string message) : Exception(message);

/// <summary>The caller is known and may not do this; the message says who may.</summary>
public sealed class RefusedException(string message) : Exception(message);
