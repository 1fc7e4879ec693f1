using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;

namespace AdvSeg.Training.Data;

/// <summary>
/// Reads again what a file system did not give: one on a network may be back in a moment. Bytes that were read and are wrong are not read again: that
/// is a <see cref="SpecException"/>, which no repetition mends.
/// </summary>
/// <param name="clock">Of the waits.</param>
internal sealed class FileReads(TimeProvider clock)
{
    private static readonly TimeSpan[] Waits = [TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2)];

    /// <param name="what">What is read, for the message.</param>
    /// <param name="read">May be called several times.</param>
    /// <param name="stop">Ends the waits.</param>
    /// <exception cref="TrainingException">Class <see cref="FailureClass.Code"/>, of which another attempt is made: it failed every time.</exception>
    /// <exception cref="OperationCanceledException">It was stopped between two tries.</exception>
    public T Of<T>(string what, Func<T> read, CancellationToken stop = default)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                return read();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (tries > Waits.Length)
                {
                    throw new TrainingException(
                        FailureClass.Code,
                        $"{what} cannot be read, tried {tries} times: {PublicText.Of(e.Message)} Look whether the file system that holds it is there "
                            + "and lets this process read.",
                        e);
                }

                Wait(Waits[tries - 1], stop);
            }
        }
    }

    private void Wait(TimeSpan time, CancellationToken stop)
    {
        using var over = new CancellationTokenSource(time, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, stop);
        either.Token.WaitHandle.WaitOne();
        stop.ThrowIfCancellationRequested();
    }
}
