using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;

namespace AdvSeg.Imaging.Imports;

/// <summary>
/// The folds that came with a dataset, over the patients that were imported: a file of nnU-Net's form in the cohort's folder, which a sweep may
/// name. It is no part of the cohort's identity.
/// </summary>
internal static class OfferedSplits
{
    /// <param name="split">As the dataset has them, by study.</param>
    /// <param name="studies">Whose each study is.</param>
    /// <param name="manifest">Who was imported.</param>
    /// <returns>The file, or null where the folds would test a patient that they train on; and what is worth knowing of it.</returns>
    public static (byte[]? File, string Remark) Of(SplitFile split, IEnumerable<StudyFiles> studies, CohortManifest manifest)
    {
        HashSet<string> imported = [.. manifest.Patients.Select(patient => patient.Id)];
        Dictionary<string, string> patients = studies.Where(study => imported.Contains(study.Patient))
            .ToDictionary(study => study.Name, study => study.Patient, StringComparer.Ordinal);
        string[][] parts =
        [
            .. split.Folds.Select(names => (string[])
                [.. names.Where(patients.ContainsKey).Select(name => patients[name]).Distinct().Order(StringComparer.Ordinal)]),
        ];
        if (parts.SelectMany(part => part).GroupBy(patient => patient).FirstOrDefault(folds => folds.Count() > 1) is { } shared)
        {
            return (null, $"{split.Origin} are not kept: studies of patient {shared.Key} are in the val parts of {shared.Count()} folds, so a fold "
                + "would test a patient that it trains on. Deal folds with AdvSeg, or put all studies of a patient into one part.");
        }

        string[] everybody = [.. parts.SelectMany(part => part)];
        Fold[] folds = [.. parts.Select(part => new Fold([.. everybody.Except(part).Order(StringComparer.Ordinal)], part))];
        int left = split.Folds.Sum(names => names.Count) - split.Folds.Sum(names => names.Count(patients.ContainsKey));
        string without = left > 0 ? $", without {left} studies that are not in the cohort" : "";
        return (
            CanonicalJson.Write(folds),
            $"{split.Origin} are kept as {SplitFile.FileName} in the cohort's folder{without}; a sweep uses them with 'splits: {{nnunet: FILE}}'.");
    }

    private sealed record Fold(IReadOnlyList<string> Train, IReadOnlyList<string> Val);
}
