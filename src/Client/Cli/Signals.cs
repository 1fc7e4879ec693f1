using System.Runtime.InteropServices;

namespace AdvSeg.Client.Cli;

/// <summary>
/// The first Ctrl-C or SIGTERM asks for an orderly end through <see cref="Token"/>; the second ends the process at once. Nothing else
/// in the process may handle these signals, or a drain would be cut short.
/// </summary>
internal sealed class Signals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _received;

    public Signals() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, c => Receive(c, Core.Errors.ExitCode.Interrupted)),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => Receive(c, Core.Errors.ExitCode.Terminated)),
    ];

    public CancellationToken Token => _source.Token;

    /// <summary>128 plus the first signal's number; 0 while none came.</summary>
    public int ExitCode { get; private set; }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Receive(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _received) > 1)
        {
            Environment.Exit(exitCode);
        }

        ExitCode = exitCode;
        _source.Cancel();
    }

    /// <summary>Returns when the command is told to end.</summary>
    public static async Task UntilAsync(CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource();
        using CancellationTokenRegistration registration = cancellationToken.Register(() => ended.TrySetResult());
        await ended.Task;
    }
}
