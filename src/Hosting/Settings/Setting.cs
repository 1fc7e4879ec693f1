namespace AdvSeg.Hosting.Settings;

/// <summary>One setting of the environment, as docs/settings.md lists it.</summary>
/// <param name="Name">The whole name.</param>
/// <param name="Default">As people would write it; <c>none</c> where there is none.</param>
/// <param name="ReadBy">Programs that read it: <c>silo</c>, <c>dashboard</c>, <c>advseg</c>.</param>
/// <param name="Meaning">With its unit. Times are written as hours, minutes and seconds: 00:00:10.</param>
/// <param name="IsSecret">No message shows its value, and it may be in a file that <c>..._FILE</c> names.</param>
public sealed record Setting(string Name, string Default, string ReadBy, string Meaning, bool IsSecret = false)
{
    /// <summary>The variables that give it.</summary>
    public IEnumerable<string> Variables => IsSecret ? [Name, Name + SecretFile.Suffix] : [Name];
}
