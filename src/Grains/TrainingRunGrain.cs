using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Store;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>Attempt history of a run, stored. A run that its first attempt completed has none: its result says the same.</summary>
public sealed record RunRecord : IExpendableState
{
    public int FormatVersion { get; init; } = 1;

    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];
}

/// <summary>Tells every waiting sweep and remembers the attempts.</summary>
[GrainType("run")]
public sealed class TrainingRunGrain(
    [PersistentState("run", StorageNames.Artifacts)] IPersistentState<RunRecord> state,
    IArtifactStore store,
    IGrainFactory grains,
    ILogger<TrainingRunGrain> logger) : Grain, ITrainingRunGrain
{
    private readonly WaiterCalls _waiters = new(grains, logger);

    public async Task<AttemptRecord[]> GetAttempts()
    {
        IReadOnlyList<AttemptRecord> remembered = state.State.Attempts;
        RunResult? result = await ResultAsync();
        return result is null || remembered.Any(a => a.Attempt == result.Attempt)
            ? [.. remembered]
            : [.. remembered.Append(CompletedBy(result)).OrderBy(a => a.Attempt)];
    }

    public async Task<string[]> Settle(Settlement settlement)
    {
        await RememberAsync(settlement.Attempts);
        return await _waiters.TellAsync(settlement);
    }

    private async Task<RunResult?> ResultAsync()
    {
        try
        {
            return await store.FindResultAsync(new RunId(this.GetPrimaryKeyString()));
        }
        catch (DamagedException)
        {
            // Only a caller that asks for the result itself must hear of the damage: the other attempts are known without it.
            return null;
        }
    }

    /// <summary>The result tells the attempt that made it.</summary>
    private static AttemptRecord CompletedBy(RunResult result) =>
        new(result.Attempt, result.Provenance.Worker, result.Provenance.Started, result.Provenance.Finished, AttemptEnd.Completed);

    private async Task RememberAsync(IReadOnlyList<AttemptRecord> attempts)
    {
        List<AttemptRecord> unknown = [.. attempts.Where(a => state.State.Attempts.All(known => known.Attempt != a.Attempt))];
        if (unknown.Count > 0)
        {
            RunRecord before = state.State;
            state.State = before with { Attempts = [.. before.Attempts, .. unknown] };
            try
            {
                await state.WriteStateAsync();
            }
            catch
            {
                DeactivateOnIdle();
                throw;
            }
        }
    }
}
