using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Grains;

/// <summary>
/// Carries out the sweep's steps, one after another, until none is left; a step that fails is tried again. Used within one grain, whose turns do not
/// overlap.
/// </summary>
/// <param name="sweep">The sweep.</param>
/// <param name="steps">Carries out one step.</param>
/// <param name="grain">The sweep's grain: its timers run the steps, and it is deactivated when an order fails halfway.</param>
/// <param name="logger">Told how the sweep goes on.</param>
internal sealed partial class SweepDriver(SweepMachine sweep, SweepSteps steps, IGrainBase grain, ILogger logger)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);
    private IGrainTimer? _goOn;

    /// <summary>Nothing is under way or waits to be tried again.</summary>
    public bool IsIdle => _goOn is null;

    /// <summary>Called once in the life of a sweep, when its first state is stored.</summary>
    public async Task StartAsync()
    {
        await CarryOutOrderAsync();
        await TellAsync();
        LogStarted(logger, sweep.Plan.Sweep, sweep.Ledger.Planned);
    }

    /// <summary>Stores what was asked, then tells the scheduler. If telling fails, asking again tells it again.</summary>
    /// <param name="next">The state that is asked for; null when the sweep is in it already.</param>
    public async Task AskAsync(SweepState? next)
    {
        if (next is not null)
        {
            await steps.StoreAsync(next);
            if (next.HasEnded)
            {
                LogEnded(logger, sweep.Plan.Sweep, sweep.Stage);
            }
        }

        await TellAsync();
    }

    /// <summary>Settles runs as cancelled and tells the scheduler.</summary>
    public async Task CancelAsync(string[] runs, string reason)
    {
        await steps.CancelAsync(runs, reason);
        await TellAsync();
    }

    /// <summary>Orders settled runs to be trained again.</summary>
    /// <returns>How many.</returns>
    public async Task<int> RetryAsync(RetryRequest request)
    {
        if (await steps.RetryAsync(request) is not { } order)
        {
            return 0;
        }

        Failpoint.Reach(Failpoint.AfterRetryPut);
        await CarryOutOrderAsync();
        int runs = order.Indices().Count();
        LogRetried(logger, sweep.Plan.Sweep, runs, sweep.Stage);
        GoOnSoon();
        return runs;
    }

    /// <summary>
    /// Carries out an order to its end, so that none is under way between two calls. The next activation begins a failed one again.
    /// </summary>
    public async Task CarryOutOrderAsync()
    {
        try
        {
            while (sweep.IsRetrying)
            {
                await DoAsync(sweep.Next());
            }
        }
        catch
        {
            grain.DeactivateOnIdle();
            throw;
        }
    }

    /// <summary>Goes on in a turn of its own: a sweep that told the scheduler within a settlement would wait for a grain that waits for it.</summary>
    public void GoOnSoon() =>
        _goOn ??= grain.RegisterGrainTimer(GoOnAsync, new GrainTimerCreationOptions { DueTime = TimeSpan.Zero, Period = Again, KeepAlive = true });

    /// <summary>Tells the scheduler of a change before the caller is answered.</summary>
    private async Task TellAsync()
    {
        GoOnSoon();
        if (sweep.Next() is SweepStep.Tell tell)
        {
            await DoAsync(tell);
        }
    }

    private async Task GoOnAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (sweep.Next() is var step and not SweepStep.Nothing)
            {
                await DoAsync(step);
            }

            // Disposed only now: that cancels the timer's token, and without the timer nobody would try again.
            _goOn?.Dispose();
            _goOn = null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotGoneOn(logger, e, sweep.Plan.Sweep);
        }
    }

    private async Task DoAsync(SweepStep step)
    {
        await steps.DoAsync(step);
        if (step is SweepStep.Enter enter)
        {
            LogEntered(logger, sweep.Plan.Sweep, enter.Reason);
        }
        else if (step is SweepStep.DecideTuning or SweepStep.DecideChoice && sweep.IsRetrying)
        {
            LogLost(logger, sweep.Plan.Sweep);
            await CarryOutOrderAsync();
        }
        else if (step is SweepStep.End)
        {
            LogEnded(logger, sweep.Plan.Sweep, sweep.Stage);
        }
    }
}
