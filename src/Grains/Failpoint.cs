using System.Diagnostics;

namespace AdvSeg.Grains;

/// <summary>
/// Named places at which a test kills this process the way the kernel would: <c>ADVSEG_FAILPOINT=name</c>, or <c>name:3</c> for the
/// third time it is reached. Without the variable they cost a comparison.
/// </summary>
public static class Failpoint
{
    public const string Variable = "ADVSEG_FAILPOINT";
    public const string AfterGrantWrite = "after-grant-write";
    public const string AfterCheckpointPut = "after-checkpoint-put";
    public const string BeforeResultPut = "before-result-put";
    public const string AfterResultPut = "after-result-put";
    public const string AfterSettleWrite = "after-settle-write";
    public const string BeforeSweepAcknowledges = "before-sweep-acknowledges";
    public const string AfterTuningPut = "after-tuning-put";
    public const string AfterChoicePut = "after-choice-put";
    public const string AfterCancelPut = "after-cancel-put";
    public const string AfterRetryPut = "after-retry-put";
    public const string AfterReopenWrite = "after-reopen-write";
    public const string AfterRequeue = "after-requeue";

    private static readonly string[]? Armed = Environment.GetEnvironmentVariable(Variable)?.Split(':');
    private static readonly int ArmedAt = Armed is [_, var count] ? int.Parse(count) : 1;
    private static int _hits;

    public static void Reach(string name)
    {
        if (Armed is not null && Armed[0] == name && Interlocked.Increment(ref _hits) == ArmedAt)
        {
            Process.GetCurrentProcess().Kill();
        }
    }
}
