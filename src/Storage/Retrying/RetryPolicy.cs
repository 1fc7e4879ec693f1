using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Draws;

namespace AdvSeg.Storage.Retrying;

/// <summary>How often and how patiently a store is asked again after a transient failure.</summary>
/// <param name="MaxAttempts">Calls in all, the first included; null asks until it works or is cancelled.</param>
/// <param name="FirstDelay">Upper bound of the wait after the first failure; it doubles from failure to failure.</param>
/// <param name="MaxDelay">The bound grows no further than this.</param>
public sealed record RetryPolicy(int? MaxAttempts, TimeSpan FirstDelay, TimeSpan MaxDelay)
{
    /// <summary>For work that nobody waits for, such as a worker's checkpoints: a store that is down delays it, and never fails it.</summary>
    public static RetryPolicy Patient { get; } = new(null, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30));

    /// <summary>For requests that someone waits for: at most about five seconds.</summary>
    public static RetryPolicy Brief { get; } = new(6, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2));

    /// <summary>
    /// The wait after failure number <paramref name="failure"/> (from 1): half of the bound is fixed and half drawn, so that many
    /// waiting clients spread out and none hammers ("equal jitter", AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).
    /// </summary>
    /// <param name="failure">From 1.</param>
    /// <param name="seed">Different for every process.</param>
    /// <param name="call">Different for every call of a process.</param>
    public TimeSpan Delay(int failure, ulong seed, uint call)
    {
        double bound = Math.Min(MaxDelay.TotalSeconds, FirstDelay.TotalSeconds * Math.Pow(2, Math.Min(failure - 1, 60)));
        uint draw = Philox.Block((uint)failure, call, 0, 0, (uint)seed, (uint)(seed >> 32)).X0;
        return TimeSpan.FromSeconds(bound * (0.5 + (0.5 * draw / uint.MaxValue)));
    }

    internal static ulong SeedOfThisProcess(TimeProvider clock)
    {
        string process = $"{Environment.MachineName}|{Environment.ProcessId}|{clock.GetUtcNow().UtcTicks}";
        return BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(process)));
    }
}
