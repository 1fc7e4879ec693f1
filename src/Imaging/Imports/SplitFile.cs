using System.Globalization;
using System.Text.Json;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>Folds that others made, as a file has them.</summary>
/// <param name="Origin">Where they are from, for people.</param>
/// <param name="Folds">For each fold whom it tests: patients or studies, as the file names them.</param>
public sealed record SplitFile(string Origin, IReadOnlyList<IReadOnlyList<string>> Folds)
{
    /// <summary>nnU-Net's name of the file, beside a dataset that it has preprocessed; an import keeps it under the same name.</summary>
    public const string FileName = CohortFolder.SplitsFile;

    private const int LongestName = 64;
    private const int FewestFolds = 3;

    /// <summary>The most folds that a sweep file may have.</summary>
    private const int MostFolds = 100;

    /// <summary>
    /// nnU-Net's list of folds with their parts "train" and "val". It has no part that selects weights: what a fold of a cross-validation
    /// tests is its val part, so the val parts must hold everybody once.
    /// </summary>
    /// <exception cref="SpecException">It cannot be read, or is no cross-validation; the message names the remedy.</exception>
    public static SplitFile OfNnUnet(string path)
    {
        byte[] data = Read(path);
        JsonElement[] folds = Parse(path, data);
        if (folds.Length < FewestFolds)
        {
            throw new SpecException($"{path} has {folds.Length} folds; {FewestFolds} or more are needed, because nnU-Net's folds have no part that "
                + "selects weights: the val part of the next fold does. Make a split of five folds, or name folds in a CSV file.");
        }

        Dictionary<string, int> validated = new(StringComparer.Ordinal);
        HashSet<string>? everybody = null;
        List<IReadOnlyList<string>> parts = [];
        foreach ((int index, JsonElement fold) in folds.Index())
        {
            string[] val = Names(path, fold, index, "val");
            string[] all = [.. Names(path, fold, index, "train"), .. val];
            everybody ??= [.. all];
            RequireWhole(path, index, all, everybody);
            if (Array.Find(val, name => !validated.TryAdd(name, index)) is { } twice)
            {
                throw new SpecException($"{path} has '{twice}' in the val parts of folds {validated[twice]} and {index}; folds of a "
                    + "cross-validation test everybody once. Make a k-fold split.");
            }

            parts.Add(val);
        }

        return everybody!.FirstOrDefault(name => !validated.ContainsKey(name)) is { } never
            ? throw new SpecException($"{path} has '{never}' in the val part of no fold; folds of a cross-validation test everybody once. Make a "
                + "k-fold split, or leave it out of the train parts.")
            : new SplitFile(OriginOf(path, data, parts.Count, "nnU-Net"), parts);
    }

    /// <summary>A table with the columns patient and fold, in which a fold is any word; rows without one are in no fold.</summary>
    /// <exception cref="SpecException">It cannot be read or has no such columns.</exception>
    public static SplitFile OfCsv(string path)
    {
        byte[] data = Read(path);
        CsvTable table = CsvTable.Read(path);
        (string Patient, string Fold)[] rows =
        [
            .. table.Rows.Select(row => (Checked(path, table.Get(row, "patient").Trim()), table.Get(row, "fold").Trim()))
                .Where(row => row.Item2.Length > 0),
        ];
        bool isNumbered = rows.All(row => int.TryParse(row.Fold, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        IGrouping<string, (string Patient, string Fold)>[] folds =
        [
            .. rows.GroupBy(row => row.Fold, StringComparer.Ordinal)
                .OrderBy(fold => isNumbered ? int.Parse(fold.Key, CultureInfo.InvariantCulture) : 0).ThenBy(fold => fold.Key, StringComparer.Ordinal),
        ];
        if (rows.GroupBy(row => row.Patient, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new SpecException($"{path} has the patient '{twice.Key}' in {twice.Count()} rows, of {Named(twice.Select(row => row.Fold))}; a "
                + "patient is tested by one fold: leave one row.");
        }

        if (folds.Length > MostFolds)
        {
            throw new SpecException(
                $"{path} names {folds.Length} folds; at most {MostFolds} are trained. Check that its column fold has the folds.");
        }

        if (folds.Length < FewestFolds)
        {
            throw new SpecException($"{path} names {folds.Length} folds ({string.Join(", ", folds.Select(fold => fold.Key))}); {FewestFolds} or "
                + "more are needed: one tests, the next one selects, the others train.");
        }

        return new SplitFile(
            OriginOf(path, data, folds.Length, "CSV"), [.. folds.Select(fold => (IReadOnlyList<string>)[.. fold.Select(row => row.Patient)])]);
    }

    private static string Named(IEnumerable<string> folds) =>
        folds.Distinct(StringComparer.Ordinal).ToArray() is [var one] ? $"fold {one}" : $"the folds {string.Join(", ", folds)}";

    private static string OriginOf(string path, byte[] data, int folds, string kind) =>
        $"{folds} folds of {Path.GetFileName(path)} ({kind}, SHA-256 {Digest.Of(data)[..12]})";

    private static byte[] Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new SpecException($"There is no file {GivenPath.Named(path)} with folds: "
                + GivenPath.Remedy(path, "relative paths begin at the current folder; check the path."));
        }

        byte[] data = File.ReadAllBytes(path);
        return data.AsSpan().StartsWith("version https://git-lfs"u8)
            ? throw new SpecException($"{path} is a git-LFS pointer, not the file itself; run 'git lfs pull' in its repository.")
            : data;
    }

    private static JsonElement[] Parse(string path, byte[] data)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(data);
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? [.. document.RootElement.EnumerateArray().Select(fold => fold.Clone())]
                : throw new SpecException($"{path} is no list of folds; nnU-Net's {FileName} is [{{\"train\": [...], \"val\": [...]}}, ...].");
        }
        catch (JsonException e)
        {
            throw new SpecException($"{path} is no JSON: {e.Message.Split('\n')[0]} Name nnU-Net's {FileName}.", e);
        }
    }

    private static string[] Names(string path, JsonElement fold, int index, string part) =>
        fold.ValueKind == JsonValueKind.Object && fold.TryGetProperty(part, out JsonElement names) && names.ValueKind == JsonValueKind.Array
            && names.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String)
            ? [.. names.EnumerateArray().Select(name => Checked(path, name.GetString()!))]
            : throw new SpecException($"{path} has no list of names '{part}' in fold {index}; nnU-Net's folds have \"train\" and \"val\".");

    /// <summary>Every fold shares out the same names, each once.</summary>
    private static void RequireWhole(string path, int fold, string[] all, HashSet<string> everybody)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        if (Array.Find(all, name => !seen.Add(name)) is { } twice)
        {
            throw new SpecException($"{path} has '{twice}' twice in fold {fold}, so the fold may test whom it trains on; make the split anew.");
        }

        if (seen.Except(everybody).Concat(everybody.Except(seen)).FirstOrDefault() is { } other)
        {
            (int has, int lacks) = seen.Contains(other) ? (fold, 0) : (0, fold);
            throw new SpecException($"{path} has '{other}' in fold {has} and not in fold {lacks}; every fold shares out the same names between train "
                + "and val. Add it there, or leave it out everywhere.");
        }
    }

    private static string Checked(string path, string name) =>
        name.Length is > 0 and <= LongestName && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
            ? name
            : throw new SpecException($"{path} has the name {VolumeException.Quoted(name)}; names are 1 to 64 of A-Z, a-z, 0-9, '.', '_' "
                + "and '-', as patients of a cohort have them.");
}
