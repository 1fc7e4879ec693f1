using AdvSeg.Core.Draws;

namespace AdvSeg.Core.Statistics;

/// <summary>
/// Which patients each resample draws. It depends on the seed and on how many patients there are alone, so all comparisons of a table share
/// one; the last few are kept.
/// </summary>
internal sealed class BootstrapDraws
{
    /// <summary>Of one table: 10,000 resamples of 400 patients. More are drawn anew each time.</summary>
    private const int MostDraws = 4_000_000;
    private const int Kept = 4;
    private static readonly Lock Lock = new();
    private static readonly LinkedList<BootstrapDraws> Used = [];
    private readonly (ulong Seed, int Patients, int Resamples) _key;
    private readonly Lazy<ushort[]> _draws;

    private BootstrapDraws((ulong Seed, int Patients, int Resamples) key) => (_key, _draws) = (key, new(Draw));

    /// <summary>Null when there are too many to keep.</summary>
    public static BootstrapDraws? Of(ulong seed, int patients, int resamples) =>
        (long)patients * resamples > MostDraws || patients > ushort.MaxValue ? null : Known((seed, patients, resamples));

    /// <summary>The patients of a resample, in the order of their draws.</summary>
    public ReadOnlySpan<ushort> this[int resample] => _draws.Value.AsSpan(resample * _key.Patients, _key.Patients);

    private static BootstrapDraws Known((ulong Seed, int Patients, int Resamples) key)
    {
        lock (Lock)
        {
            BootstrapDraws draws = Used.FirstOrDefault(d => d._key == key) ?? new(key);
            Used.Remove(draws);
            Used.AddLast(draws);
            if (Used.Count > Kept)
            {
                Used.RemoveFirst();
            }

            return draws;
        }
    }

    private ushort[] Draw()
    {
        var patients = new ushort[_key.Patients * _key.Resamples];
        for (int i = 0, at = 0; i < _key.Resamples; i++)
        {
            PhiloxSequence draws = Philox.At(_key.Seed, DrawPurpose.Bootstrap, (uint)i);
            for (int k = 0; k < _key.Patients; k++)
            {
                patients[at++] = (ushort)draws.NextInt32(_key.Patients);
            }
        }

        return patients;
    }
}
