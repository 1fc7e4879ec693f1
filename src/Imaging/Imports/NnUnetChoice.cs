using System.Globalization;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;

namespace AdvSeg.Imaging.Imports;

/// <summary>Which channels and labels of a dataset of nnU-Net a cohort takes, and what it calls them.</summary>
/// <param name="Layout">The cohort's.</param>
/// <param name="Channels">The dataset's channels, in the order of the cohort's.</param>
/// <param name="LabelOf">The cohort's label for each value.</param>
/// <param name="Remarks">What became of which channel and label: sentences.</param>
internal sealed record NnUnetChoice(
    CohortLayout Layout, int[] Channels, IReadOnlyDictionary<int, byte> LabelOf, IReadOnlyList<string> Remarks)
{
    /// <summary>
    /// The paper has so many channels and so many classes. As many entries without names may be meant for these, in the paper's order.
    /// </summary>
    private const int Ambiguous = 3;

    private static readonly string Background = CohortLayout.Paper.Classes[(int)LabelClass.Background];
    private static readonly string Tumour = CohortLayout.Paper.Classes[(int)LabelClass.Tumour];

    /// <param name="channels">See <see cref="NnUnetFolder.Find"/>.</param>
    /// <param name="classes">See <see cref="NnUnetFolder.Find"/>.</param>
    /// <param name="channelNames">Channels of the dataset.</param>
    /// <param name="labelNames">Labels of the dataset.</param>
    /// <param name="file">Its dataset.json, for messages.</param>
    /// <exception cref="SpecException">The dataset does not have them, one is asked for twice, or they are too many.</exception>
    public static NnUnetChoice Of(
        IReadOnlyList<string> channels, IReadOnlyList<string> classes, IReadOnlyList<(string Name, int Number)> channelNames,
        IReadOnlyList<(string Name, int Number)> labelNames, string file)
    {
        Asked[] images = Named(Read(channels, channelNames, file, "channel"), all => name => KnownNames.OfChannel(name, all[0].Source), "channel");
        Asked[] labels = Named(Read(classes, labelNames, file, "label"), _ => KnownNames.OfClass, "label");
        Asked[] kept = [.. labels.Where(asked => asked.Name != Background)];
        var layout = new CohortLayout([.. images.Select(image => image.Name!)], [Background, .. kept.Select(label => label.Name!)]);
        LayoutRules.CheckedNew(layout, "The import");
        CheckChannels(images, file);
        if (layout.ValueOf(Tumour) is > (byte)LabelClass.Tumour)
        {
            throw new SpecException($"The labels '{string.Join(',', classes)}' name {Tumour} behind {layout.Classes[1]}; name the target first.");
        }

        int[] numbers = [.. images.Select(image => image.Numbers[0])];
        return numbers.Distinct().Count() == numbers.Length
            ? new(layout, numbers, Map(layout, [.. kept, .. labels.Except(kept)], file), [Describe("Channels", images), Describe("Labels", labels)])
            : throw new SpecException($"The channels '{string.Join(',', channels)}' ask for one channel of {file} twice; name each once.");
    }

    /// <param name="Name">In the cohort; null: the entry gives none.</param>
    /// <param name="Numbers">In the dataset.</param>
    /// <param name="Source">Their names there.</param>
    private sealed record Asked(string? Name, IReadOnlyList<int> Numbers, string Source);

    /// <summary>
    /// NAME=SOURCE+SOURCE. Names of a dataset may hold both signs ("b=1500"), so an entry that is a name as a whole is taken as one.
    /// </summary>
    private static Asked[] Read(IReadOnlyList<string> entries, IReadOnlyList<(string Name, int Number)> names, string file, string what)
    {
        bool IsName(string text) => names.Any(n => n.Name.Equals(text, StringComparison.OrdinalIgnoreCase));
        string NameOf(int number) => names.First(n => n.Number == number).Name;
        return
        [
            .. entries.Select(entry =>
            {
                int at = IsName(entry) ? -1 : entry.IndexOf('=');
                string source = entry[(at + 1)..].Trim();
                int[] numbers = IsName(source) ? [Look(names, source, file, what)]
                    : [.. source.Split('+', StringSplitOptions.TrimEntries).Select(part => Look(names, part, file, what))];
                return new Asked(at >= 0 ? entry[..at].Trim() : null, numbers, string.Join(" + ", numbers.Select(NameOf)));
            }),
        ];
    }

    /// <summary>
    /// Names the entries that have no name: by the paper's name where the dataset's is known to mean it, else by the dataset's own.
    /// </summary>
    /// <exception cref="SpecException">
    /// Three entries without names may be meant for the paper's, and one of them is unknown; or an entry joins several of the dataset and gives no
    /// name.
    /// </exception>
    private static Asked[] Named(Asked[] asked, Func<Asked[], Func<string, string?>> known, string what)
    {
        Func<string, string?> nameOf = known(asked);
        bool isAmbiguous = asked.Length == Ambiguous && Array.TrueForAll(asked, one => one.Name is null);
        if (Array.Find(asked, one => one.Name is null && (one.Numbers.Count > 1 || (isAmbiguous && nameOf(one.Source) is null))) is { } unclear)
        {
            string numbers = string.Join('+', unclear.Numbers);
            throw new SpecException($"It is not said what the cohort shall call the {what} {unclear.Source} ({numbers}); give NAME={numbers}.");
        }

        return [.. asked.Select(one => one with { Name = one.Name ?? nameOf(one.Source) ?? one.Source })];
    }

    private static void CheckChannels(Asked[] images, string file)
    {
        if (Array.Find(images, image => image.Numbers.Count > 1) is { } several)
        {
            throw new SpecException($"The channel {several.Name} is to be {several.Numbers.Count} channels of {file}; name one for each.");
        }

        static ChannelFile Called(string? name) => new(name ?? "", "");
        if (Array.Find(images, i => Called(i.Name).IsAdc && Called(KnownNames.OfChannel(i.Source, "")).IsDiffusion) is { } wrong)
        {
            throw new SpecException(
                $"The channel {wrong.Source} ({wrong.Numbers[0]}) of {file} is to be {wrong.Name}, and by its name it is a b-value; name the map of "
                    + "ADC.");
        }
    }

    private static Dictionary<int, byte> Map(CohortLayout layout, Asked[] labels, string file)
    {
        Dictionary<int, byte> labelOf = new() { [0] = (byte)LabelClass.Background };
        foreach (Asked label in labels)
        {
            foreach (int number in label.Numbers)
            {
                if (!labelOf.TryAdd(number, layout.ValueOf(label.Name!)!.Value))
                {
                    throw new SpecException($"The label {number} of {file} is asked for as {layout.Classes[labelOf[number]]} and as {label.Name}; "
                        + "give each label one class. 0 is background.");
                }
            }
        }

        return labelOf;
    }

    private static string Describe(string what, Asked[] asked) =>
        $"{what}: {string.Join(", ", asked.Select(one => $"{one.Name} = {one.Source} ({string.Join('+', one.Numbers)})"))}.";

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
