using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>One sweep that this server prepares.</summary>
internal sealed class Preparing(string sweep, HeldSubmission held) : IProgress<CohortProgress>, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource<Submitted> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Sweep => sweep;

    public HeldSubmission Held => held;

    public CancellationToken Stopped => _stop.Token;

    public Task<Submitted> Ended => _ended.Task;

    public SweepPreparation Now { get; private set; } = new(sweep, held.Record.Done, held.Record.Patients);

    public void Report(CohortProgress value) => Now = new SweepPreparation(sweep, value.Done, value.Patients);

    public void Begin(Func<Task<Submitted>> run) => _ = Task.Run(async () =>
    {
        try
        {
            _ended.SetResult(await run());
        }
        catch (OperationCanceledException)
        {
            _ended.SetException(new NotFoundException($"Sweep '{sweep}' is no longer being prepared; submit it again."));
            _ = _ended.Task.Exception;
        }
        catch (Exception e)
        {
            _ended.SetException(e);
            _ = _ended.Task.Exception;
        }
    });

    public Task CancelAsync() => _stop.CancelAsync();

    public void Dispose()
    {
        _stop.Dispose();
        held.Dispose();
    }
}
