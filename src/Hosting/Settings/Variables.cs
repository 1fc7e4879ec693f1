using AdvSeg.Core.Errors;

namespace AdvSeg.Hosting.Settings;

/// <summary>Settings from the environment; those of AdvSeg begin with <c>ADVSEG_</c> (docs/reference.md). An empty one is not given.</summary>
public static class Variables
{
    public const string Prefix = "ADVSEG_";

    /// <param name="name">The whole name, <c>ADVSEG_DATA</c>.</param>
    public static string? Find(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>What a yes-or-no variable says.</summary>
    /// <param name="name">The whole name, for the message.</param>
    /// <param name="text">Its value; null or empty: no.</param>
    /// <exception cref="SpecException">It is neither.</exception>
    public static bool IsYes(string name, string? text) => text switch
    {
        null or "" or "0" or "false" => false,
        "1" or "true" => true,
        _ => throw new SpecException($"{name} is '{text}'; use 1 or 0."),
    };
}
