using AdvSeg.Core.Scheduling;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>Attempt history of a run, stored.</summary>
public sealed record RunRecord
{
    public int FormatVersion { get; init; } = 1;

    public IReadOnlyList<AttemptRecord> Attempts { get; init; } = [];
}

/// <summary>Tells every waiting sweep and remembers the attempts.</summary>
[GrainType("run")]
public sealed partial class TrainingRunGrain(
    [PersistentState("run", StorageNames.Artifacts)] IPersistentState<RunRecord> state,
    ILogger<TrainingRunGrain> logger) : Grain, ITrainingRunGrain
{
    public Task<AttemptRecord[]> GetAttempts() => Task.FromResult(state.State.Attempts.ToArray());

    public async Task<string[]> Settle(Settlement settlement)
    {
        await RememberAsync(settlement.Attempts);
        string?[] acknowledged = await Task.WhenAll(settlement.Waiters.Select(w => TellAsync(w.Sweep, settlement)));
        return [.. acknowledged.OfType<string>()];
    }

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

    private async Task<string?> TellAsync(string sweep, Settlement settlement)
    {
        try
        {
            await GrainFactory.GetGrain<ISweepGrain>(sweep).RunSettled(new SettledRun(settlement.Run, settlement.Outcome));
            return sweep;
        }
        catch (Exception e)
        {
            LogNotAcknowledged(logger, e, sweep, settlement.Run);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep} did not acknowledge run {Run}")]
    private static partial void LogNotAcknowledged(ILogger logger, Exception exception, string sweep, string run);
}
