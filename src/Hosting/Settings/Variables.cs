using AdvSeg.Core.Errors;

namespace AdvSeg.Hosting.Settings;

/// <summary>
/// Settings from the environment; those of AdvSeg begin with <c>ADVSEG_</c> (docs/settings.md). An empty one is not given, and a secret one may be
/// in a file.
/// </summary>
public static class Variables
{
    public const string Prefix = "ADVSEG_";

    /// <param name="name">The whole name, <c>ADVSEG_DATA</c>.</param>
    /// <exception cref="SpecException">A secret is given twice, or its file cannot be used.</exception>
    public static string? Find(string name) =>
        KnownSettings.IsSecret(name) ? SecretFile.Choose(name, Given(name), Given(name + SecretFile.Suffix)) : Given(name);

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

    /// <summary>A secret in a file that is named otherwise than by a variable.</summary>
    /// <param name="who">What names the file, for messages.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="SpecException">It holds no value. The message shows none of it.</exception>
    public static string ReadFile(string who, string path) => SecretFile.Read(who, path);

    private static string? Given(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
