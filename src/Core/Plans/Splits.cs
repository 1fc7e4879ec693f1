using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Draws;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Rules;

namespace AdvSeg.Core.Plans;

/// <summary>Who trains, selects and tests in one fold; every list in ordinal order.</summary>
public sealed record Split
{
    public required IReadOnlyList<string> TrainPositive { get; init; }

    public required IReadOnlyList<string> TrainNegative { get; init; }

    public required IReadOnlyList<string> Select { get; init; }

    public required IReadOnlyList<string> Test { get; init; }

    /// <summary>SHA-256 of the canonical JSON of the four lists.</summary>
    public string ComputeDigest() => Digest.OfJson(this);
}

/// <summary>
/// The patient-wise split of a k-fold cross-validation (Kohl et al. 2017, section 3). Positive patients are dealt into k parts,
/// stratified by their number of tumour slices; fold f tests part f, selects on part f + 1 and trains on the rest. Lesion-free patients
/// only ever train.
/// </summary>
public static class Splits
{
    /// <summary>One split per fold: a pure function of the patients, k and the seed, whatever order the manifest lists them in.</summary>
    /// <exception cref="SpecException">Fewer than three folds, or fewer positive patients than folds.</exception>
    public static IReadOnlyList<Split> Of(CohortManifest cohort, int folds, ulong splitSeed)
    {
        CohortPatient[] positives = [.. cohort.Patients.Where(p => p.Positive)];
        if (folds < SpecLimits.FewestFolds || folds > positives.Length)
        {
            throw new SpecException(
                $"{folds} folds over {positives.Length} patients with tumour cannot be made; use {SpecLimits.FewestFolds} or more folds and at "
                    + "least one such patient for each.");
        }

        List<string>[] parts = Deal(positives, folds, splitSeed);
        return OfParts(cohort, parts);
    }

    /// <summary>Checks that no patient has two roles, all are known, and those without tumour only train.</summary>
    /// <exception cref="SpecException">The split breaks one of these, or a role that needs patients has none.</exception>
    public static void Check(Split split, CohortManifest cohort)
    {
        Dictionary<string, bool> positive = cohort.Patients.ToDictionary(p => p.Id, p => p.Positive, StringComparer.Ordinal);
        Dictionary<string, string> roles = new(StringComparer.Ordinal);
        foreach ((string role, bool tumour, IReadOnlyList<string> patients) in Roles(split))
        {
            CheckRole(role, tumour, patients, positive, roles);
        }
    }

    /// <summary>Fold f tests part f of the positive patients, selects on part f + 1 and trains on the rest and on everybody without tumour.</summary>
    internal static IReadOnlyList<Split> OfParts(CohortManifest cohort, List<string>[] parts)
    {
        string[] negatives = [.. cohort.Patients.Where(p => !p.Positive).Select(p => p.Id).Order(StringComparer.Ordinal)];
        return [.. Enumerable.Range(0, parts.Length).Select(fold => OfFold(parts, fold, negatives))];
    }

    /// <summary>Patients in ascending order of tumour slices; patients with equal counts in random order.</summary>
    internal static CohortPatient[] Rank(IEnumerable<CohortPatient> patients, ref PhiloxSequence draws)
    {
        CohortPatient[] shuffled = [.. patients.OrderBy(p => p.Id, StringComparer.Ordinal)];
        draws.Shuffle<CohortPatient>(shuffled);
        return [.. shuffled.OrderBy(p => p.TumourSlices)];
    }

    /// <summary>Each run of k patients of neighbouring rank gives one patient to every part, so parts differ by at most one patient.</summary>
    private static List<string>[] Deal(CohortPatient[] positives, int folds, ulong splitSeed)
    {
        PhiloxSequence draws = Philox.At(splitSeed, DrawPurpose.Split);
        List<string>[] parts = [.. Enumerable.Range(0, folds).Select(_ => new List<string>())];
        int[] order = [.. Enumerable.Range(0, folds)];
        foreach (CohortPatient[] neighbours in Rank(positives, ref draws).Chunk(folds))
        {
            draws.Shuffle<int>(order);
            for (int i = 0; i < neighbours.Length; i++)
            {
                parts[order[i]].Add(neighbours[i].Id);
            }
        }

        return parts;
    }

    private static Split OfFold(List<string>[] parts, int fold, string[] negatives)
    {
        int selecting = (fold + 1) % parts.Length;
        return new Split
        {
            TrainPositive = Ordered(Enumerable.Range(0, parts.Length).Where(p => p != fold && p != selecting).SelectMany(p => parts[p])),
            TrainNegative = negatives,
            Select = Ordered(parts[selecting]),
            Test = Ordered(parts[fold]),
        };
    }

    private static string[] Ordered(IEnumerable<string> patients) => [.. patients.Order(StringComparer.Ordinal)];

    private static (string Role, bool Tumour, IReadOnlyList<string> Patients)[] Roles(Split split) =>
    [
        ("trains with tumour", true, split.TrainPositive),
        ("trains without tumour", false, split.TrainNegative),
        ("selects", true, split.Select),
        ("tests", true, split.Test),
    ];

    private static void CheckRole(
        string role, bool tumour, IReadOnlyList<string> patients, Dictionary<string, bool> positive, Dictionary<string, string> roles)
    {
        if (tumour && patients.Count == 0)
        {
            throw new SpecException($"No patient {role}; every fold needs one. Use fewer folds or more patients.");
        }

        foreach (string patient in patients)
        {
            if (!positive.TryGetValue(patient, out bool actual))
            {
                throw new SpecException($"Patient '{patient}' of the split is not in the cohort; plan with the cohort that the split was made from.");
            }

            if (actual != tumour)
            {
                throw new SpecException(
                    $"Patient '{patient}' {role}, but the cohort says {(actual ? "tumour" : "lesion-free")}; plan with the split's own cohort.");
            }

            if (!roles.TryAdd(patient, role))
            {
                throw new SpecException(
                    $"Patient '{patient}' {roles[patient]} and {role}; a patient has one role in a fold. Make the split with AdvSeg.");
            }
        }
    }
}
