using System.Text.RegularExpressions;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Rules;

/// <summary>What makes given folds impossible, whatever the cohort.</summary>
internal static partial class SplitRules
{
    public static void Check(SweepSpec spec, SpecProblems problems)
    {
        if (spec.Splits is not { } folds)
        {
            return;
        }

        problems.Within("splits.folds", folds.Count, SpecLimits.Folds, " folds, because one fold selects and one is held out");
        problems.Require(
            spec.Folds == folds.Count, $"folds is {spec.Folds}, but the splits have {folds.Count}; leave folds out, or give the same", "folds",
            "splits.folds");
        Dictionary<string, int> known = new(StringComparer.Ordinal);
        foreach ((int fold, IReadOnlyList<string> names) in folds.Index())
        {
            string path = $"splits.folds[{fold}]";
            problems.Require(names.Count > 0, $"fold {fold} tests nobody; name patients, or leave the fold out", path);
            foreach (string name in names)
            {
                problems.Require(
                    PatientName().IsMatch(name), $"'{name}' is no patient's id; use 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'", path);
                problems.Require(
                    known.TryAdd(name, fold), $"'{name}' is in fold {known[name]} already; a patient is tested by one fold", path);
            }
        }
    }

    [GeneratedRegex($"^{SpecLimits.PatientName}\\z")]
    private static partial Regex PatientName();
}
