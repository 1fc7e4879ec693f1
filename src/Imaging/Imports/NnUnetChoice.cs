using System.Globalization;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;

namespace AdvSeg.Imaging.Imports;

/// <summary>Which channels and labels of a dataset of nnU-Net a cohort takes, and what it calls them.</summary>
internal static class NnUnetChoice
{
    private const string Background = "background";

    /// <param name="channels">See <see cref="NnUnetFolder.Find"/>.</param>
    /// <param name="classes">See <see cref="NnUnetFolder.Find"/>.</param>
    /// <param name="channelNames">Channels of the dataset.</param>
    /// <param name="labelNames">Labels of the dataset.</param>
    /// <param name="file">Its dataset.json, for messages.</param>
    /// <returns>The cohort's layout, the dataset's channels in its order, and the cohort's label for each value, background first.</returns>
    /// <exception cref="SpecException">The dataset does not have them, one is asked for twice, or they are too many.</exception>
    public static (CohortLayout Layout, int[] Channels, IReadOnlyDictionary<int, byte> LabelOf) Of(
        IReadOnlyList<string> channels, IReadOnlyList<string> classes, IReadOnlyList<(string Name, int Number)> channelNames,
        IReadOnlyList<(string Name, int Number)> labelNames, string file)
    {
        Asked[] images = [.. Read(channels, CohortLayout.Paper.Channels, channelNames, file, "channel")];
        Asked[] all = [.. Read(classes, [.. CohortLayout.Paper.Classes.Skip((int)LabelClass.Tumour)], labelNames, file, "label")];
        Asked[] labels = [.. all.Where(asked => asked.Name != Background)];
        var layout = new CohortLayout([.. images.Select(image => image.Name)], [Background, .. labels.Select(label => label.Name)]);
        LayoutRules.Checked(layout, "The import");
        if (images.FirstOrDefault(image => image.Numbers.Count > 1) is { } several)
        {
            throw new SpecException($"The channel {several.Name} is to be {several.Numbers.Count} channels of {file}; name one for each.");
        }

        Dictionary<int, byte> labelOf = new() { [0] = (byte)LabelClass.Background };
        foreach (Asked label in labels.Concat(all.Except(labels)))
        {
            byte value = label.Name == Background ? (byte)LabelClass.Background : layout.ValueOf(label.Name)!.Value;
            foreach (int number in label.Numbers)
            {
                if (!labelOf.TryAdd(number, value))
                {
                    throw new SpecException($"The label {number} of {file} is asked for as {layout.Classes[labelOf[number]]} and as {label.Name}; "
                        + "give each label one class. 0 is background.");
                }
            }
        }

        int[] numbers = [.. images.Select(image => image.Numbers[0])];
        return numbers.Distinct().Count() == numbers.Length
            ? (layout, numbers, labelOf)
            : throw new SpecException($"The channels '{string.Join(',', channels)}' ask for one channel of {file} twice; name each once.");
    }

    private sealed record Asked(string Name, IReadOnlyList<int> Numbers);

    /// <summary>As many without a name as the paper has stand for the paper's.</summary>
    private static IEnumerable<Asked> Read(
        IReadOnlyList<string> entries, IReadOnlyList<string> paper, IReadOnlyList<(string Name, int Number)> names, string file, string what)
    {
        bool isPaper = entries.Count == paper.Count && entries.All(entry => !entry.Contains('='));
        return entries.Select((entry, i) =>
        {
            int at = entry.IndexOf('=');
            string source = entry[(at + 1)..];
            int[] numbers = names.Any(n => n.Name.Equals(source, StringComparison.OrdinalIgnoreCase))
                ? [Look(names, source, file, what)]
                : [.. source.Split('+', StringSplitOptions.TrimEntries).Select(part => Look(names, part, file, what))];
            return new Asked(
                isPaper ? paper[i] : at >= 0 ? entry[..at].Trim() : names.First(n => n.Number == numbers[0]).Name,
                numbers);
        });
    }

    /// <summary>Channels of one normalisation may have one name ("noNorm"): their numbers tell them apart.</summary>
    private static int Look(IReadOnlyList<(string Name, int Number)> names, string asked, string file, string what)
    {
        int[] named = [.. names.Where(n => n.Name.Equals(asked, StringComparison.OrdinalIgnoreCase)).Select(n => n.Number)];
        return named.Length == 1 ? named[0]
            : named.Length > 1 ? throw new SpecException(
                $"{file} has {named.Length} {what}s '{asked}', of the numbers {string.Join(", ", named)}; ask for the one by its number.")
            : int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && names.Any(n => n.Number == number) ? number
            : throw new SpecException($"{file} has no {what} '{asked}'; it has {string.Join(", ", names.Select(n => $"{n.Name} ({n.Number})"))}.");
    }
}
