using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Errors;
using Microsoft.Extensions.Logging;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>Starts sweeps, once their cohorts are in the store.</summary>
internal sealed partial class SweepStarter(CohortPreparer cohorts, IGrainFactory grains, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Renewed = TimeSpan.FromSeconds(15);

    /// <summary>The sweep's status, or null when it was not started.</summary>
    public Task<SweepStatus?> FindAsync(SweepId sweep) => grains.GetGrain<ISweepGrain>(sweep.Value).GetStatus();

    public async Task<Submitted> StartAsync(SweepSubmission submission)
    {
        ISweepGrain sweep = grains.GetGrain<ISweepGrain>(submission.Spec.Id().Value);
        bool known = await sweep.GetStatus() is not null;
        return new Submitted(await sweep.Start(submission), known, null);
    }

    /// <summary>Prepares the sweep's cohorts, for as long as this server holds it, and starts it.</summary>
    public async Task<Submitted> RunAsync(Preparing preparing, Turns turns)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(preparing.Stopped);
        Task renewing = RenewAsync(preparing, ended.Token);
        try
        {
            return await PrepareAsync(preparing, turns);
        }
        catch (SpecException e)
        {
            PendingStage stage = e is DamagedException ? PendingStage.Damaged : PendingStage.Refused;
            await preparing.Held.WriteAsync(record => record with { Stage = stage, Refusal = e.Message, Yaml = "" });
            throw;
        }
        finally
        {
            await ended.CancelAsync();
            await renewing;
        }
    }

    private async Task<Submitted> PrepareAsync(Preparing preparing, Turns turns)
    {
        var failures = new FailureNews(clock);
        (SweepSpec spec, string yaml) = preparing.Held.Record;
        while (true)
        {
            try
            {
                SweepSubmission submission = await cohorts.PrepareAsync(spec, yaml, preparing, preparing.Stopped);
                using IDisposable turn = await turns.TakeAsync(preparing.Sweep, preparing.Stopped);
                if (!await preparing.Held.WriteAsync(record => record with { Stage = PendingStage.Starting }))
                {
                    await preparing.CancelAsync();
                    preparing.Stopped.ThrowIfCancellationRequested();
                }

                Submitted started = await StartAsync(submission);
                await preparing.Held.DeleteAsync();
                return started;
            }
            catch (Exception e) when (e is not SpecException && !preparing.Stopped.IsCancellationRequested)
            {
                if (failures.IsNews(e))
                {
                    LogAgain(logger, e, preparing.Sweep);
                }

                await Task.Delay(Again, clock, preparing.Stopped);
            }
        }
    }

    /// <summary>Renews this server's hold on the submission, and stops preparing when it was taken back or another server has taken it.</summary>
    private async Task RenewAsync(Preparing preparing, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Renewed, clock);
        var failures = new FailureNews(clock);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(cancellationToken);
                SweepPreparation now = preparing.Now;
                if (!await preparing.Held.WriteAsync(record => record with { Done = now.Done, Patients = now.Patients }, cancellationToken))
                {
                    await preparing.CancelAsync();
                }
            }
            catch (Exception e)
            {
                if (!cancellationToken.IsCancellationRequested && failures.IsNews(e))
                {
                    LogAgain(logger, e, preparing.Sweep);
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep} could not be prepared; it is tried again")]
    private static partial void LogAgain(ILogger logger, Exception exception, string sweep);
}
