using System.Runtime.ExceptionServices;
using AdvSeg.Core.Errors;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>A computed value.</summary>
/// <param name="Value">The value.</param>
/// <param name="Version">Of what it was computed from.</param>
/// <param name="At">When it was computed.</param>
/// <param name="Problem">Why it could not be computed anew since; null when nothing failed.</param>
public sealed record Computed<T>(T Value, string Version, DateTimeOffset At, string? Problem);

/// <summary>
/// Keeps computed values. A value is computed again when its version has changed, in the background: whoever asks meanwhile gets the old
/// one. While versions keep changing at most a fifth of the time is spent on it, so a value is about five times as old as it takes to
/// compute, at most, when it is asked for all the time. A value of a version that will not change again is waited for.
/// </summary>
/// <param name="clock">The clock.</param>
/// <param name="bytesOf">About what a value takes of memory.</param>
/// <param name="mostBytes">Of all kept values, which are those <see cref="UsedLately{T}"/>. At most 64 are kept.</param>
/// <param name="parallel">How many are computed at the same time.</param>
public sealed class FreshEnough<T>(TimeProvider clock, Func<T, long> bytesOf, long mostBytes, int parallel = 1) : IDisposable
    where T : class
{
    private const int MostKept = 64;
    private const int RestPerCost = 4;

    /// <summary>A failure is told for so long before the computation is tried again.</summary>
    private static readonly TimeSpan RestAfterFailure = TimeSpan.FromSeconds(2);
    private readonly Lock _lock = new();
    private readonly UsedLately<Entry> _entries = new(clock, entry => entry.Bytes, mostBytes, MostKept, entry => entry.Running is null);
    private readonly SemaphoreSlim _turns = new(parallel);

    /// <param name="key">What is computed.</param>
    /// <param name="version">Of what it is computed from.</param>
    /// <param name="final">The version will not change again: an older value is not good enough.</param>
    /// <param name="compute">Called for one caller at a time, and goes on when that one gives up.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <remarks>Throws what the computation threw when there is no value that is good enough; a later call computes again.</remarks>
    public async Task<Computed<T>> GetAsync(string key, string version, bool final, Func<Task<T>> compute, CancellationToken cancellationToken)
    {
        // The entry is held here, so that a caller who waited gets the value even if it is dropped as soon as it is there.
        Entry? entry = null;
        while (true)
        {
            Task running;
            lock (_lock)
            {
                entry ??= _entries.Get(key, () => new Entry());
                bool isGood = entry.Latest is { } latest && (latest.Version == version || !final);
                if (entry.Latest?.Version != version && entry.Running is null && !IsResting(entry, isGood))
                {
                    entry.Running = Task.Run(() => ComputeAsync(key, entry, version, compute), CancellationToken.None);
                }

                if (isGood)
                {
                    return entry.Latest!;
                }

                if (entry.Running is null)
                {
                    entry.Failure!.Throw();
                }

                running = entry.Running!;
            }

            await running.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        _entries.Dispose();
        _turns.Dispose();
    }

    /// <summary>
    /// Whether it is too early to compute again. After a success only callers with a good value rest; after a failure all get it for a moment.
    /// </summary>
    private bool IsResting(Entry entry, bool isGood) =>
        (isGood || entry.Failure is not null) && clock.GetElapsedTime(entry.Ended) < entry.Rest;

    private async Task ComputeAsync(string key, Entry entry, string version, Func<Task<T>> compute)
    {
        await _turns.WaitAsync();
        long start = clock.GetTimestamp();
        T? value = null;
        ExceptionDispatchInfo? failure = null;
        try
        {
            value = await compute();
        }
        catch (Exception e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            _turns.Release();
        }

        lock (_lock)
        {
            entry.Ended = clock.GetTimestamp();
            entry.Rest = failure is null ? RestPerCost * clock.GetElapsedTime(start, entry.Ended) : RestAfterFailure;
            entry.Failure = failure;
            entry.Latest = value is null
                ? entry.Latest is { } old ? old with { Problem = PublicText.Of(failure!.SourceException.Message) } : null
                : new(value, version, clock.GetUtcNow(), null);
            entry.Bytes = value is null ? entry.Bytes : bytesOf(value);
            entry.Running = null;
            _entries.Touch(key);
            _entries.Trim();
        }
    }

    private sealed class Entry
    {
        public Computed<T>? Latest { get; set; }

        public Task? Running { get; set; }

        public ExceptionDispatchInfo? Failure { get; set; }

        /// <summary>When the last computation ended, as a timestamp.</summary>
        public long Ended { get; set; }

        public TimeSpan Rest { get; set; }

        public long Bytes { get; set; }
    }
}
