using System.Globalization;
using System.Text;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>
/// The text of a MetaImage header: lines "key = value" up to ElementDataFile. Keys that mean nothing here are left out; among them are the
/// patient's name and dates, which no message may show.
/// </summary>
internal sealed class MetaImageText
{
    private const string LastKey = "ElementDataFile";
    private readonly string _file;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private MetaImageText(string file) => _file = file;

    /// <summary>Where the data begin when they follow the header, bytes.</summary>
    public int End { get; private set; }

    /// <summary>The value of <c>ElementDataFile</c>.</summary>
    public string DataFile => _values[LastKey];

    /// <param name="head">The first bytes of the file.</param>
    /// <param name="file">For messages.</param>
    /// <exception cref="VolumeException">It is no such header.</exception>
    public static MetaImageText Parse(ReadOnlySpan<byte> head, string file)
    {
        var text = new MetaImageText(file);
        while (!text._values.ContainsKey(LastKey))
        {
            ReadOnlySpan<byte> rest = head[text.End..];
            int length = rest.IndexOf((byte)'\n');
            bool isLast = length < 0;
            length = isLast ? rest.Length : length;
            if (rest.IsEmpty)
            {
                throw text.NoHeader();
            }

            text.Take(Encoding.Latin1.GetString(rest[..length]));
            text.End += length + (isLast ? 0 : 1);
        }

        return text;
    }

    /// <summary>The value of the first of these keys, which mean the same; null when there is none.</summary>
    public string? Find(params string[] keys) => keys.Select(key => _values.GetValueOrDefault(key)).FirstOrDefault(value => value is not null);

    /// <exception cref="VolumeException">There is none.</exception>
    public string Get(params string[] keys) => Find(keys) ?? throw new VolumeException(_file, $"has no {keys[0]}", "convert it again.");

    public bool Flag(bool otherwise, params string[] keys) => Find(keys) switch
    {
        null => otherwise,
        "True" or "true" or "TRUE" or "T" or "1" => true,
        "False" or "false" or "FALSE" or "F" or "0" => false,
        { } value => throw new VolumeException(
            _file, $"has {keys[0]} = {VolumeException.Quoted(value)}", "it must be True or False: convert it again."),
    };

    /// <summary>Numbers with white space between them.</summary>
    /// <exception cref="VolumeException">There are more or fewer than <paramref name="count"/>, or one is no finite number.</exception>
    public double[] Numbers(string key, string value, int count)
    {
        string[] words = value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        double[] numbers = Array.ConvertAll(
            words, word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN);
        return numbers.Length == count && numbers.All(double.IsFinite)
            ? numbers
            : throw new VolumeException(_file, $"has {key} = {VolumeException.Quoted(value)}", $"{count} numbers are expected: convert it again.");
    }

    private void Take(string line)
    {
        int at = line.IndexOf('=');
        string key = at < 0 ? "" : line[..at].Trim();
        if (at < 0)
        {
            if (line.AsSpan().Trim().IsEmpty)
            {
                return;
            }

            throw NoHeader();
        }

        if (!_values.TryAdd(key, line[(at + 1)..].Trim()) && IsKnown(key))
        {
            throw new VolumeException(_file, $"has {VolumeException.Quoted(key)} twice", "which one holds is not known: convert it again.");
        }
    }

    /// <summary>Whether a key matters. That of a DICOM tag, with its '|', may be there twice, because it says nothing of the voxels.</summary>
    private static bool IsKnown(string key) => !key.Contains('|', StringComparison.Ordinal);

    private VolumeException NoHeader() => new(
        _file, $"is no MetaImage: its first {VolumeLimits.MostHeaderBytes} bytes have no lines 'key = value' up to {LastKey}",
        "name an .mha or .mhd file; of DICOM series dcm2niix makes NIfTI.");
}
