using AdvSeg.Core.Identity;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Grains.Interfaces;

/// <summary>
/// One training run; key: <see cref="RunId"/>. Owns its attempt history, and tells the waiting sweeps of an outcome that has a history. A run that
/// its first attempt completed has none: its result describes that attempt, and the scheduler tells the sweeps itself.
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
