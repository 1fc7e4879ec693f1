namespace AdvSeg.Core.Errors;

/// <summary>
/// A stored record that is missing or cannot be read: cut short, emptied, or of no known form. It is a fault of the store, not of whoever
/// asked. The message names the key and the remedy.
/// </summary>
public sealed class DamagedException : SpecException
{
    private const string Remedy = "Restore it from a copy, or stop the server and run 'advseg doctor --data DIR' on its data folder, which mends "
        + "what can be rebuilt.";

    public DamagedException(string message)
        : base(message)
    {
    }

    public DamagedException(string message, Exception inner)
        : base(message, inner)
    {
    }

    public DamagedException()
    {
    }

    /// <summary>The first sentence of the message, without its full stop: the record and what is wrong with it.</summary>
    public string WhatIsWrong => Message.Split(". ", 2)[0].TrimEnd('.');

    /// <param name="key">The record.</param>
    /// <param name="problem">What is wrong: the rest of a sentence that begins with the key, without its full stop.</param>
    /// <param name="cause">What the reader threw.</param>
    public static DamagedException Of(string key, string problem, Exception? cause = null) =>
        cause is null ? new($"{key} {problem}. {Remedy}") : new($"{key} {problem}. {Remedy}", cause);

    /// <summary>The damage behind an exception, however often it was wrapped on its way here; null when there is none.</summary>
    public static DamagedException? In(Exception? exception) => exception switch
    {
        null => null,
        DamagedException damage => damage,
        AggregateException several => several.InnerExceptions.Select(In).FirstOrDefault(damage => damage is not null),
        _ => In(exception.InnerException),
    };
}
