using AdvSeg.Core.Cohorts;

namespace AdvSeg.Imaging.Cohorts;

/// <summary>
/// Finds one examination, or one of its images, under two names, by any slice of any channel: a file that was renamed, or copied into the wrong
/// folder.
/// </summary>
internal sealed class SharedSlices(CohortLayout layout)
{
    private readonly Dictionary<string, string> _seen = new(StringComparer.Ordinal);

    /// <summary>The first patient with each slice.</summary>
    public IReadOnlyDictionary<string, string> Seen => _seen;

    /// <param name="patient">The next patient.</param>
    /// <param name="channels">As <see cref="PatientChecks.Slices"/> has them.</param>
    /// <returns>One error for each earlier patient who has a slice of them.</returns>
    public IReadOnlyList<Finding> Add(string patient, IReadOnlyList<IReadOnlyList<string>> channels)
    {
        // For each other patient the first channel that matches: an examination that is the same in all channels is told once.
        SortedDictionary<string, int> others = new(StringComparer.Ordinal);
        foreach ((int channel, IReadOnlyList<string> slices) in channels.Index())
        {
            foreach (string digest in slices)
            {
                if (!_seen.TryAdd(digest, patient) && _seen[digest] != patient)
                {
                    others.TryAdd(_seen[digest], channel);
                }
            }
        }

        return
        [
            .. others.Select(other => new Finding(
                Severity.Error, patient, "duplicate",
                $"the {layout.Channels[other.Value]} image has a slice of patient {other.Key}'s; "
                    + (other.Value == 0
                        ? "a person under two names trains and tests at once: remove one, or give both one name."
                        : "import both again, each from their own files."))),
        ];
    }
}
