using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;

namespace AdvSeg.UseCases.Retention;

/// <summary>
/// A sweep's removal: its plan first, so that no server ever sees half of it, then its other records and its report, then the runs that no other
/// sweep plans.
/// </summary>
public static class SweepRemoval
{
    /// <summary>What goes with a sweep.</summary>
    /// <param name="store">A store that no server uses.</param>
    /// <param name="sweep">The sweep.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="SpecException">There is no such sweep, it has not ended, or something that must be known cannot be read.</exception>
    public static async Task<Removal> FindAsync(IArtifactStore store, SweepId sweep, CancellationToken cancellationToken)
    {
        var resting = new RestingStore(store);
        List<ArtifactInfo> records = await store.ListAsync(ArtifactKeys.SweepPrefix(sweep), cancellationToken).ToListAsync(cancellationToken);
        foreach (string key in new string[] { ArtifactKeys.SweepState(sweep), ArtifactKeys.PendingSweep(sweep) })
        {
            records.AddRange(await store.ListAsync(key, cancellationToken).Where(i => i.Key == key).ToListAsync(cancellationToken));
        }

        if (records.Count == 0)
        {
            throw new SpecException($"there is no sweep '{sweep}' in this store.");
        }

        if (await resting.WhyActiveAsync(sweep, cancellationToken) is { } active)
        {
            throw new SpecException(
                $"sweep '{sweep}' {active}: start the server, let it end or 'advseg cancel {sweep}', stop the server and remove it then.");
        }

        (HashSet<string> own, string? unknown) = await OwnRunsAsync(store, sweep, cancellationToken);
        HashSet<string> others = own.Count == 0 ? [] : await resting.PlannedRunsAsync(sweep, cancellationToken);
        int shared = own.Count(others.Contains);
        own.ExceptWith(others);
        List<ArtifactInfo> files = own.Count == 0 ? [] : await store.ListAsync(ArtifactKeys.RunsPrefix(""), cancellationToken)
            .Where(i => ArtifactKeys.RunOf(i.Key) is { } run && own.Contains(run.Value)).ToListAsync(cancellationToken);
        int there = files.Select(f => ArtifactKeys.RunOf(f.Key)).Distinct().Count();
        IEnumerable<string?> notes =
            [unknown, shared > 0 ? $"{shared} of its runs are planned by other sweeps too and stay." : null];
        string plan = ArtifactKeys.Plan(sweep);
        return Removal.Of(
            [
                new($"plan of sweep {sweep}", [.. records.Where(r => r.Key == plan)]),
                new($"other records of sweep {sweep}, its report among them", [.. records.Where(r => r.Key != plan)]),
                new($"{there} run(s) of it alone", files),
            ],
            [.. notes.OfType<string>()]);
    }

    private static async Task<(HashSet<string> Runs, string? Unknown)> OwnRunsAsync(
        IArtifactStore store, SweepId sweep, CancellationToken cancellationToken)
    {
        const string Rest = "its runs stay, and 'advseg gc' removes those that no sweep plans.";
        try
        {
            return await store.FindPlanAsync(sweep, cancellationToken) is { } plan
                ? ([.. plan.Runs.Select(r => r.Run)], null)
                : ([], $"Sweep {sweep} has no plan: {Rest}");
        }
        catch (DamagedException e)
        {
            return ([], $"{e.WhatIsWrong}: {Rest}");
        }
    }
}
