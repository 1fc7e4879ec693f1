using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Cohorts;

/// <summary>What makes channels and classes those of a cohort, wherever they are named: a manifest, an import, a model file.</summary>
public static class LayoutRules
{
    private const int LongestName = 32;

    /// <summary>
    /// Checks a stored layout. Before cohorts could name classes, a manifest's three channels had any names, so they are not checked.
    /// </summary>
    /// <inheritdoc cref="CheckedNew"/>
    public static CohortLayout Checked(CohortLayout layout, string source) => layout.MayBeOfBefore ? layout : CheckedNew(layout, source);

    /// <param name="layout">Channels and classes.</param>
    /// <param name="source">Who names them, for messages.</param>
    /// <exception cref="SpecException">There are too many or too few, or two of one name; the message has the value and the remedy.</exception>
    public static CohortLayout CheckedNew(CohortLayout layout, string source)
    {
        if (layout.Channels.Count is < 1 or > CohortLayout.MostChannels)
        {
            throw new SpecException($"{source} has {layout.Channels.Count} channels; name 1 to {CohortLayout.MostChannels}.");
        }

        if (layout.Classes.Count is < 2 or > CohortLayout.MostClasses)
        {
            throw new SpecException(
                $"{source} has {layout.Classes.Count} classes ({string.Join(", ", layout.Classes)}); name 2 to {CohortLayout.MostClasses}: "
                    + "background, the target, then any others.");
        }

        CheckNames("channel", layout.Channels, source);
        CheckNames("class", layout.Classes, source);
        return layout;
    }

    /// <summary>
    /// Requires equal layouts, or two from before cohorts could name classes: their three channels were the paper's whatever their names, and sweeps
    /// on them are stored. A name at different places in the two is still refused: it shows another order.
    /// </summary>
    /// <inheritdoc cref="RequireEqual"/>
    public static void RequireFitting(CohortLayout trained, CohortLayout given, string trainedName, string givenName, string remedy)
    {
        bool isMoved = trained.Channels.Index().Any(c => given.Channels.Index().Any(other => other.Item == c.Item && other.Index != c.Index));
        if (isMoved || !trained.MayBeOfBefore || !given.MayBeOfBefore)
        {
            RequireEqual(trained, given, trainedName, givenName, remedy);
        }
    }

    /// <exception cref="SpecException">The two differ; the message has both.</exception>
    /// <param name="trained">The layout of what was trained or is to be.</param>
    /// <param name="given">The layout of what is to be used with it.</param>
    /// <param name="trainedName">What has the first, as the subject of a sentence.</param>
    /// <param name="givenName">What has the second.</param>
    /// <param name="remedy">A sentence.</param>
    public static void RequireEqual(CohortLayout trained, CohortLayout given, string trainedName, string givenName, string remedy)
    {
        if (!trained.Equals(given))
        {
            throw new SpecException($"{trainedName} has the {trained}, {givenName} has the {given}; {remedy}");
        }
    }

    /// <summary>Names stand in tables, file names and lists with commas.</summary>
    private static void CheckNames(string what, IReadOnlyList<string> names, string source)
    {
        if (names.FirstOrDefault(name => name.Length is 0 or > LongestName || name.Trim().Length < name.Length || !name.All(IsAllowed)) is { } wrong)
        {
            throw new SpecException(
                $"{source} has a {what} '{wrong}'; names are 1 to {LongestName} letters, digits, spaces and '._+-()', without spaces at their ends.");
        }

        if (names.GroupBy(name => name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new SpecException($"{source} names the {what} '{twice.Key}' {twice.Count()} times; give each {what} a name of its own.");
        }
    }

    private static bool IsAllowed(char c) => char.IsLetterOrDigit(c) || c is ' ' or '.' or '_' or '+' or '-' or '(' or ')';
}
