using AdvSeg.Core.Identity;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Grains.Interfaces;

/// <summary>
/// One training run; key: <see cref="RunId"/>. Owns its attempt history, and tells who waits for an outcome that comes with one. A run that
/// its first attempt completed has no history: its result tells that attempt, and the scheduler the sweeps.
/// </summary>
[Alias("advseg.run")]
public interface ITrainingRunGrain : IGrainWithStringKey
{
    /// <summary>
    /// Records the attempts and tells every waiting sweep. Returns those that acknowledged; the scheduler calls again for the others.
    /// </summary>
    [Alias("Settle")]
    Task<string[]> Settle(Settlement settlement);

    /// <summary>The attempts of this run, oldest first, over all sweeps.</summary>
    [Alias("GetAttempts")]
    Task<AttemptRecord[]> GetAttempts();
}
