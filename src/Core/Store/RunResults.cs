using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;

namespace AdvSeg.Core.Store;

/// <summary>Results of runs in the store.</summary>
public static class RunResults
{
    /// <summary>The result of a completed run.</summary>
    /// <exception cref="DamagedException">It is not in the store, cannot be read, or is another run's.</exception>
    public static async Task<RunResult> RequireResultAsync(this IArtifactStore store, RunId run, CancellationToken cancellationToken = default)
    {
        ArtifactKey<RunResult> key = ArtifactKeys.RunResult(run);
        return Check(await store.RequireAsync(key, $"is missing although the run is completed. {Remedy(run)}", cancellationToken), run);
    }

    /// <summary>The result, or null when there is none.</summary>
    /// <exception cref="DamagedException">It cannot be read, or is another run's.</exception>
    public static async Task<RunResult?> FindResultAsync(this IArtifactStore store, RunId run, CancellationToken cancellationToken = default) =>
        await store.FindAsync(ArtifactKeys.RunResult(run), cancellationToken) is { } result ? Check(result, run) : null;

    public static async Task<bool> HasReadableResultAsync(this IArtifactStore store, RunId run, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.RequireResultAsync(run, cancellationToken);
            return true;
        }
        catch (DamagedException)
        {
            return false;
        }
    }

    /// <summary>Whether the run has a result. One that cannot be read is put aside, and is none.</summary>
    /// <param name="store">The store.</param>
    /// <param name="run">The run; nobody else puts its result meanwhile.</param>
    /// <returns>Whether there is one, and what was wrong with the one that was put aside.</returns>
    public static async Task<(bool Found, string? Lost)> FindOrLoseResultAsync(this IArtifactStore store, RunId run)
    {
        ArtifactKey<RunResult> key = ArtifactKeys.RunResult(run);
        if (await store.GetAsync(key) is not { } stored)
        {
            return (false, null);
        }

        try
        {
            Check(StoredJson.Read<RunResult>(stored.Data, key), run);
            return (true, null);
        }
        catch (DamagedException e)
        {
            await store.TryCreateAsync(ArtifactKeys.DamagedResult(run, Digest.Of(stored.Data)), stored.Data);
            await store.DeleteAsync(key);
            return (false, e.Message);
        }
    }

    private static RunResult Check(RunResult result, RunId run) => result.Run == run.Value
        ? result
        : throw new DamagedException($"{ArtifactKeys.RunResult(run)} is the result of run {result.Run}. {Remedy(run)}");

    private static string Remedy(RunId run) => $"Restore it from a copy, or 'advseg retry SWEEP {run.Abbreviated}' trains the run again.";
}
