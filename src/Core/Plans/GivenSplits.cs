using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Plans;

/// <summary>
/// Folds that others made, over a cohort. The given folds say whom each of them tests. As in folds that are dealt, a fold selects on the patients of
/// the next fold and trains on the rest; patients without tumour only train, whichever fold they are in.
/// </summary>
internal static class GivenSplits
{
    private const int MostNamed = 5;
    private const char BeforeStudy = '_';

    /// <param name="cohort">The cohort of the patients.</param>
    /// <param name="folds">For each fold whom it tests: ids of patients, or of their studies (PATIENT_STUDY).</param>
    /// <exception cref="SpecException">A name is nobody's, a patient is in two folds, or one with tumour is in none.</exception>
    public static IReadOnlyList<Split> Of(CohortManifest cohort, IReadOnlyList<IReadOnlyList<string>> folds)
    {
        Dictionary<string, bool> positive = cohort.Patients.ToDictionary(p => p.Id, p => p.Positive, StringComparer.Ordinal);
        string[] unknown = [.. folds.SelectMany(names => names).Where(name => PatientsOf(name, positive).Length == 0)];
        if (unknown.Length > 0)
        {
            throw new SpecException($"The splits name {Named(unknown)}, which the cohort does not have; give ids as 'advseg cohort show' lists them, "
                + "or studies of them (PATIENT_STUDY), and nobody else. 'advseg cohort import nnunet' writes a splits_final.json of the patients "
                + "that it imports.");
        }

        if (folds.SelectMany(names => names).FirstOrDefault(name => PatientsOf(name, positive).Length > 1) is { } unclear)
        {
            throw new SpecException($"The splits name '{unclear}', which may be a study of {Named(PatientsOf(unclear, positive))}; give the "
                + "patient's id.");
        }

        Dictionary<string, (int Fold, string Name)> tested = new(StringComparer.Ordinal);
        foreach ((int fold, IReadOnlyList<string> names) in folds.Index())
        {
            foreach (string name in names)
            {
                string patient = PatientsOf(name, positive)[0];
                if (!tested.TryAdd(patient, (fold, name)) && tested[patient].Fold != fold)
                {
                    throw new SpecException($"Patient '{patient}' is in fold {tested[patient].Fold} as '{tested[patient].Name}' and in fold {fold} "
                        + $"as '{name}', so one fold would test a patient that it trains on; put all studies of a patient into one fold.");
                }
            }
        }

        string[] missing = [.. positive.Where(p => p.Value && !tested.ContainsKey(p.Key)).Select(p => p.Key).Order(StringComparer.Ordinal)];
        if (missing.Length > 0)
        {
            throw new SpecException($"The splits leave out {Named(missing)}, with tumour; every such patient is tested by one fold. Add them, or "
                + "import a cohort without them.");
        }

        return Splits.OfParts(
            cohort, [.. folds.Select((_, fold) => tested.Where(t => t.Value.Fold == fold && positive[t.Key]).Select(t => t.Key).ToList())]);
    }

    /// <summary>The patient with this id, or else all whose study it may be: ids and studies may have underscores themselves.</summary>
    private static string[] PatientsOf(string name, Dictionary<string, bool> known) => known.ContainsKey(name)
        ? [name]
        : [.. name.Index().Where(c => c.Item == BeforeStudy).Select(c => name[..c.Index]).Where(known.ContainsKey)];

    private static string Named(string[] names) => $"{string.Join(", ", names.Take(MostNamed).Select(name => $"'{name}'"))}"
        + (names.Length > MostNamed ? $" and {names.Length - MostNamed} more" : "");
}
