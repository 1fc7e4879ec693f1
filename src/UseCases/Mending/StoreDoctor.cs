using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;

namespace AdvSeg.UseCases.Mending;

/// <summary>
/// Reads every record of a store that no server uses, and mends what follows from others: plans from specs and run specs, choices from
/// results, the states of sweeps and of the scheduler from plans, outcomes and results. Nothing that is damaged is thrown away unless it
/// was made anew.
/// </summary>
public static class StoreDoctor
{
    /// <summary>Added to the highest number found: attempts that left nothing in the store may have had higher ones.</summary>
    private const int UnseenAttempts = 1000;

    /// <param name="store">The store; nobody else writes to it meanwhile.</param>
    /// <param name="mend">Whether anything is changed.</param>
    /// <param name="now">The moment.</param>
    /// <param name="cancellationToken">Stops between two records.</param>
    public static async Task<StoreExamination> ExamineAsync(IArtifactStore store, bool mend, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var findings = new StoreFindings(store, mend);
        (int results, long attempts) = await ExamineRunsAsync(store, findings, cancellationToken);
        IReadOnlyList<string> sweeps = await SweepsAsync(store, findings, cancellationToken);
        foreach (string sweep in sweeps)
        {
            await new SweepMender(store, findings, new SweepId(sweep), now).MendAsync(cancellationToken);
        }

        await ExamineSchedulerAsync(store, findings, attempts, cancellationToken);
        return new(sweeps.Count, results, findings.Found);
    }

    /// <summary>Reads every result, and finds the highest number of an attempt.</summary>
    private static async Task<(int Results, long Attempts)> ExamineRunsAsync(
        IArtifactStore store, StoreFindings findings, CancellationToken cancellationToken)
    {
        int results = 0;
        long attempts = 0;
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.RunsPrefix(""), cancellationToken))
        {
            attempts = Math.Max(attempts, AttemptKey.Parse(info.Key)?.Attempt ?? 0);
            if (ArtifactKeys.RunOfResult(info.Key) is not { } run)
            {
                continue;
            }

            results++;
            try
            {
                attempts = Math.Max(attempts, (await store.FindResultAsync(run, cancellationToken))?.Attempt ?? 0);
            }
            catch (DamagedException e)
            {
                await findings.MendAsync(
                    e.WhatIsWrong,
                    $"it is put aside under runs/{run.Abbreviated}.../damaged, and the run is trained again where a sweep waits for it; "
                        + $"'advseg retry SWEEP {run.Abbreviated}' does so for a sweep that has ended",
                    () => store.FindOrLoseResultAsync(run));
            }
        }

        return (results, attempts);
    }

    /// <summary>The sweeps, by the names of their folders and by their states.</summary>
    private static async Task<IReadOnlyList<string>> SweepsAsync(IArtifactStore store, StoreFindings findings, CancellationToken cancellationToken)
    {
        SortedSet<string> names = [];
        foreach (string prefix in new[] { ArtifactKeys.Sweeps, ArtifactKeys.SweepStates })
        {
            await foreach (ArtifactInfo info in store.ListAsync(prefix, cancellationToken))
            {
                string name = info.Key[prefix.Length..].Split('/')[0];
                names.Add(prefix == ArtifactKeys.SweepStates ? Path.GetFileNameWithoutExtension(name) : name);
            }
        }

        foreach (string foreign in names.Where(name => !SweepId.IsOne(name)))
        {
            findings.Report($"{ArtifactKeys.Sweeps}{foreign} has a name that no sweep has; it is passed over", "Move it out of the data folder.");
        }

        return [.. names.Where(SweepId.IsOne)];
    }

    private static async Task ExamineSchedulerAsync(IArtifactStore store, StoreFindings findings, long attempts, CancellationToken cancellationToken)
    {
        (QueueSnapshot? state, string? problem) = await findings.ReadAsync(ArtifactKeys.SchedulerState, cancellationToken);
        state?.RefuseNewerFormat();
        if (state is not null && QueueRules.ProblemOf(state) is { } why)
        {
            (state, problem) = (null, $"{ArtifactKeys.SchedulerState} {why}");
        }

        if (state is null && (problem is not null || await store.ListAsync(ArtifactKeys.SweepStates, cancellationToken).AnyAsync(cancellationToken)))
        {
            long next = attempts + UnseenAttempts;
            await findings.MendAsync(
                problem ?? $"{ArtifactKeys.SchedulerState} is missing although there are sweeps",
                $"it begins anew with attempt {next}; unfinished sweeps queue their runs again, and what owners have used is counted from 0",
                () => store.WriteAsync(ArtifactKeys.SchedulerState, new QueueSnapshot { NextToken = next }));
        }
    }
}
