using AdvSeg.Core.Cohorts;

namespace AdvSeg.Imaging.Cohorts;

/// <summary>Finds one examination under two names, by any slice of its first channel.</summary>
internal sealed class SharedSlices(CohortLayout layout)
{
    private readonly Dictionary<string, string> _seen = new(StringComparer.Ordinal);

    /// <summary>The first patient with each slice.</summary>
    public IReadOnlyDictionary<string, string> Seen => _seen;

    /// <param name="patient">The next patient.</param>
    /// <param name="slices">As <see cref="PatientChecks.Slices"/> has them.</param>
    /// <returns>One error for each earlier patient who has a slice of them.</returns>
    public IReadOnlyList<Finding> Add(string patient, IEnumerable<string> slices)
    {
        HashSet<string> others = [];
        foreach (string digest in slices)
        {
            if (!_seen.TryAdd(digest, patient) && _seen[digest] != patient)
            {
                others.Add(_seen[digest]);
            }
        }

        return
        [
            .. others.Order(StringComparer.Ordinal).Select(other => new Finding(
                Severity.Error, patient, "duplicate",
                $"the {layout.Channels[0]} image has a slice of patient {other}'s; a person under two names trains and tests at once: remove one, or "
                    + "give both one name.")),
        ];
    }
}
