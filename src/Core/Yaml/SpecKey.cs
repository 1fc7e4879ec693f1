namespace AdvSeg.Core.Yaml;

/// <summary>When a file must give a key.</summary>
internal enum Need
{
    Never,

    /// <summary>In a file that names no preset.</summary>
    WithoutPreset,

    Always,
}

/// <summary>One key of a map, with all that is known of it except the rules that involve other keys.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Shape">What it takes.</param>
/// <param name="Description">What it is for, for editors.</param>
internal sealed record SpecKey(string Name, Shape Shape, string Description)
{
    public Need Need { get; init; }

    /// <summary>The value in a sweep whose file leaves the key out, written as in a file; null when there is none.</summary>
    public string? Default { get; init; }

    /// <summary>Values for editors, written as in a file, beside those of the presets.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];
}
