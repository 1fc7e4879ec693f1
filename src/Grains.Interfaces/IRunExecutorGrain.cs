using AdvSeg.Core.Runs;

namespace AdvSeg.Grains.Interfaces;

/// <summary>
/// One attempt on the worker that holds it: how everyone else reaches a training thread. Key: <c>run|token|silo</c>. It exists on that
/// silo and nowhere else: a call fails at once when the silo is gone. Only a preview waits for the training, for a bounded time.
/// </summary>
[Alias("advseg.executor")]
public interface IRunExecutorGrain : IGrainWithStringKey
{
    /// <summary>The newest progress, or null when this worker no longer holds the attempt or it has not reported yet.</summary>
    [Alias("Peek")]
    Task<TrainingProgress?> Peek();

    /// <summary>Asks the training thread to stop at its next step. False when this worker no longer holds the attempt.</summary>
    [Alias("Stop")]
    Task<bool> Stop(StopRequest request);

    /// <summary>
    /// Asks the whole worker to lease nothing more, to let every attempt checkpoint and go, and to leave. Returns at once; false when it
    /// no longer holds the attempt.
    /// </summary>
    [Alias("Drain")]
    Task<bool> Drain();

    /// <summary>The newest lines of the attempt's log, oldest first, as they are now; null when this worker no longer holds the attempt.</summary>
    /// <param name="lines">At most so many.</param>
    [Alias("LogTail")]
    Task<string[]?> LogTail(int lines);

    /// <summary>
    /// What S segments now. The training thread makes it at its next step boundary; where that takes more than a second or two, the answer
    /// is the newest preview made before. Null when this worker no longer holds the attempt.
    /// </summary>
    [Alias("Preview")]
    Task<PreviewReply?> Preview();
}

/// <summary>A preview, or why there is none.</summary>
/// <param name="Preview">The preview, possibly of some steps ago.</param>
/// <param name="WhyNot">Why there is no preview, for people.</param>
public sealed record PreviewReply(TrainingPreview? Preview, string? WhyNot);

/// <summary>Keys of <see cref="IRunExecutorGrain"/>.</summary>
public static class ExecutorKey
{
    public static string Of(string run, long token, string silo) => $"{run}|{token}|{silo}";

    /// <summary>The silo part of a key: where the executor lives.</summary>
    public static string SiloOf(string key) => key[(key.LastIndexOf('|') + 1)..];

    public static long TokenOf(string key) => long.Parse(key.Split('|')[1]);
}
