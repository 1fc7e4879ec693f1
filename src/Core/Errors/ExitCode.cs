namespace AdvSeg.Core.Errors;

/// <summary>What a process tells its caller; sysexits.h where it has a word, and the codes of <c>wait</c>.</summary>
public static class ExitCode
{
    public const int Ok = 0;
    public const int Failure = 1;
    public const int Usage = 2;

    /// <summary>EX_DATAERR: a file or a request that cannot be used.</summary>
    public const int BadInput = 65;

    /// <summary>EX_UNAVAILABLE: no server answers.</summary>
    public const int Unreachable = 69;

    public const int WaitFailed = 100;
    public const int WaitTimeout = 101;
    public const int WaitNotFound = 102;
    public const int WaitCancelled = 103;

    /// <summary>128 plus the signal, as a shell reports it.</summary>
    public const int Interrupted = 130;
    public const int Terminated = 143;
}
