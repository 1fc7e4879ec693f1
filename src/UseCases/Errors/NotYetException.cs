namespace AdvSeg.UseCases.Errors;

/// <summary>What is asked for cannot be had at this moment; the same question may be answered in a few seconds.</summary>
public sealed class NotYetException(string message) : Exception(message);
