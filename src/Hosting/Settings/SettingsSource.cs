using System.ComponentModel.DataAnnotations;
using System.Globalization;
using AdvSeg.Core.Errors;
using Microsoft.Extensions.Configuration;

namespace AdvSeg.Hosting.Settings;

/// <summary>The settings of the environment as configuration: <c>ADVSEG_PORT</c> is <c>Port</c>.</summary>
public static class SettingsSource
{
    /// <summary>
    /// A section of settings (<c>ADVSEG_Uploads__Expiry</c> is Expiry of Uploads), the same for every program that has it: what is not given has
    /// its default, and what is given obeys the attributes of its property and the rules of its class (<see cref="IValidatableObject"/>).
    /// </summary>
    /// <param name="configuration">A host's.</param>
    /// <param name="name">The section; empty: what is in none (<c>ADVSEG_PORT</c>).</param>
    /// <exception cref="SpecException">A value is not of its kind, or not in its limits; the message names it.</exception>
    public static T Section<T>(this IConfiguration configuration, string name)
        where T : class, new()
    {
        T bound;
        try
        {
            bound = Given(configuration, name).Get<T>() ?? new T();
        }
        catch (InvalidOperationException e)
        {
            throw new SpecException(
                $"A setting {Variable(name, "...")} cannot be used: {e.Message} docs/settings.md shows its form; times are written as 00:00:02.", e);
        }

        List<ValidationResult> wrong = [];
        return Validator.TryValidateObject(bound, new ValidationContext(bound), wrong, validateAllProperties: true)
            ? bound
            : throw new SpecException(Describe(name, bound, wrong[0]));
    }

    /// <summary>An empty value is not given.</summary>
    private static IConfiguration Given(IConfiguration configuration, string section)
    {
        IConfiguration values = section.Length > 0 ? configuration.GetSection(section) : configuration;
        IConfigurationRoot given = new ConfigurationBuilder()
            .AddInMemoryCollection(values.AsEnumerable().Where(value => value.Value is { Length: > 0 })).Build();
        return section.Length > 0 ? given.GetSection(section) : given;
    }

    /// <summary>What an attribute finds is about one value; what a class finds is a sentence.</summary>
    private static string Describe(string section, object bound, ValidationResult wrong) =>
        wrong.MemberNames.ToArray() is [var member]
            ? $"{Variable(section, member)} is '{Text(bound.GetType().GetProperty(member)!.GetValue(bound))}'; {wrong.ErrorMessage}, or leave it out."
            : wrong.ErrorMessage!;

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static string Variable(string section, string member) =>
        section.Length > 0 ? $"{Variables.Prefix}{section}__{member}" : Variables.Prefix + member.ToUpperInvariant();

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
