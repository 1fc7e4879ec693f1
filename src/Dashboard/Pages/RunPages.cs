using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.UseCases.Errors;
using AdvSeg.UseCases.Runs;

namespace AdvSeg.Dashboard.Pages;

/// <summary>Gathers what a run's page shows of its running attempt.</summary>
internal sealed class RunPages(RunningAttempts attempts)
{
    /// <summary>Never fails the page: if the worker has just gone, this part stays empty until the next attempt.</summary>
    public async Task<NowModel> NowAsync(RunId run, CancellationToken cancellationToken)
    {
        RunningAttempt? running = null;
        try
        {
            running = await attempts.FindAsync(run, cancellationToken);
            return running is null
                ? new NowModel(null, null, null)
                : new NowModel(running, await attempts.PreviewAsync(run, cancellationToken), null);
        }
        catch (Exception e) when (e is DamagedException or NotFoundException or NotYetException or TimeoutException or OrleansException)
        {
            return new NowModel(running, null, PublicText.Of(e.Message));
        }
    }
}
