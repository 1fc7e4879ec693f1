using AdvSeg.Core.Errors;
using Microsoft.Extensions.Configuration;

namespace AdvSeg.Hosting.Settings;

/// <summary>The settings of the environment as configuration: <c>ADVSEG_PORT</c> is <c>Port</c>.</summary>
public static class SettingsSource
{
    /// <summary>A section of settings (<c>ADVSEG_Uploads__Expiry</c> is Expiry of Uploads); what is not given has its default.</summary>
    /// <param name="configuration">A host's.</param>
    /// <param name="name">The section.</param>
    /// <exception cref="SpecException">A value is not of its kind; the message names it.</exception>
    public static T Section<T>(this IConfiguration configuration, string name)
        where T : class, new()
    {
        try
        {
            return configuration.GetSection(name).Get<T>() ?? new T();
        }
        catch (InvalidOperationException e)
        {
            throw new SpecException($"A setting ADVSEG_{name}__... cannot be used: {e.Message} docs/settings.md shows its form.", e);
        }
    }

    /// <summary>Adds them; secrets that are in files come from there.</summary>
    /// <param name="configuration">A host's.</param>
    /// <param name="program">Whose secrets are looked for: <c>silo</c>, <c>dashboard</c> or <c>advseg</c>.</param>
    /// <exception cref="Core.Errors.SpecException">A secret is given twice, or its file cannot be used.</exception>
    public static IConfigurationBuilder AddSettings(this IConfigurationBuilder configuration, string program)
    {
        configuration.AddEnvironmentVariables(Variables.Prefix);
        IEnumerable<KeyValuePair<string, string?>> secrets =
            from setting in KnownSettings.All
            where setting.IsSecret && setting.ReadBy.Split(", ").Contains(program) && Variables.Find(setting.Name) is not null
            select KeyValuePair.Create(setting.Name[Variables.Prefix.Length..], Variables.Find(setting.Name));
        return configuration.AddInMemoryCollection([.. secrets]);
    }
}
