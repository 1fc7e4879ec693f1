using System.Collections.Concurrent;
using System.Globalization;
using AdvSeg.Core.Plans;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>
/// Which sweeps plan which runs, by the first digits of the runs' ids: 32 bytes a planned run, where the plans themselves would not fit into
/// memory. A plan is read once, whoever asks; plans never change.
/// </summary>
/// <param name="read">Reads a sweep's plan; null where there is none.</param>
internal sealed class RunIndex(Func<string, CancellationToken, Task<Plan?>> read) : IDisposable
{
    private readonly ConcurrentDictionary<string, Digits[]> _runs = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _reading = new(1);

    /// <summary>The sweep's runs whose ids start with the digits, in order.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(string sweep, string digits, CancellationToken cancellationToken)
    {
        Digits[] runs = await RunsAsync(sweep, cancellationToken);
        int first = Array.BinarySearch(runs, Digits.Parse(digits.PadRight(Digits.Count, '0')));
        Digits last = Digits.Parse(digits.PadRight(Digits.Count, 'f'));
        List<string> found = [];
        for (int i = first < 0 ? ~first : first; i < runs.Length && runs[i].CompareTo(last) <= 0; i++)
        {
            found.Add(runs[i].ToString());
        }

        return found;
    }

    public void Dispose() => _reading.Dispose();

    private async Task<Digits[]> RunsAsync(string sweep, CancellationToken cancellationToken)
    {
        if (_runs.TryGetValue(sweep, out Digits[]? known))
        {
            return known;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (!_runs.TryGetValue(sweep, out Digits[]? runs))
            {
                if (await read(sweep, cancellationToken) is not { } plan)
                {
                    return [];
                }

                runs = [.. plan.Runs.Select(r => Digits.Parse(r.Run)).Distinct()];
                Array.Sort(runs);
                _runs[sweep] = runs;
            }

            return runs;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>A run's id: 64 hex digits.</summary>
    private readonly record struct Digits(ulong A, ulong B, ulong C, ulong D) : IComparable<Digits>
    {
        public const int Count = 64;

        public static Digits Parse(string text) => new(Part(text, 0), Part(text, 1), Part(text, 2), Part(text, 3));

        public int CompareTo(Digits other) => (A, B, C, D).CompareTo((other.A, other.B, other.C, other.D));

        public override string ToString() => $"{A:x16}{B:x16}{C:x16}{D:x16}";

        private static ulong Part(string text, int index) =>
            ulong.Parse(text.AsSpan(16 * index, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }
}
