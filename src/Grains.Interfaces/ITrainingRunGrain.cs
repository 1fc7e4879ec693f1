using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;

namespace AdvSeg.Grains.Interfaces;

/// <summary>One training run; key: <see cref="RunId"/>. Owns who is told of its outcome and its attempt history.</summary>
[Alias("advseg.run")]
public interface ITrainingRunGrain : IGrainWithStringKey
{
    /// <summary>Records the attempts and tells every waiting sweep. Returns those that acknowledged; the scheduler calls again for the others.</summary>
    [Alias("Settle")]
    Task<string[]> Settle(Settlement settlement);

    /// <summary>The attempts of this run, oldest first, over all sweeps.</summary>
    [Alias("GetAttempts")]
    Task<AttemptRecord[]> GetAttempts();
}

/// <summary>
/// One attempt on the worker that holds it; key: <c>run|token|silo</c>. It exists on that silo and nowhere else: calling it when the silo
/// is gone fails at once.
/// </summary>
[Alias("advseg.executor")]
public interface IRunExecutorGrain : IGrainWithStringKey
{
    /// <summary>The newest progress, or null when this worker no longer holds the attempt.</summary>
    [Alias("Peek")]
    Task<TrainingProgress?> Peek();

    /// <summary>Asks the training thread to stop at its next step. False when this worker no longer holds the attempt.</summary>
    [Alias("Stop")]
    Task<bool> Stop(StopRequest request);
}

/// <summary>Keys of <see cref="IRunExecutorGrain"/>.</summary>
public static class ExecutorKey
{
    public static string Of(string run, long token, string silo) => $"{run}|{token}|{silo}";

    /// <summary>The silo part of a key: where the executor lives.</summary>
    public static string SiloOf(string key) => key[(key.LastIndexOf('|') + 1)..];

    public static long TokenOf(string key) => long.Parse(key.Split('|')[1]);
}
