using System.Collections.Concurrent;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Errors;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.UseCases.Sweeps;

/// <summary>
/// Submissions whose phantoms have to be rendered first. Each is stored before it is answered, goes on without its sender, also on another server
/// when its own is gone, and ends with the start of its sweep, a refusal or an order to cancel it.
/// </summary>
public sealed partial class SweepPreparations(
    CohortPreparer cohorts, IGrainFactory grains, IArtifactStore store, TimeProvider clock, ILogger<SweepPreparations> logger) : BackgroundService
{
    private const int Most = 16;
    private static readonly TimeSpan Asked = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a submission waits for the start of a sweep whose cohorts are there.</summary>
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, Preparing> _running = new(StringComparer.Ordinal);
    private readonly PendingSweeps _pending = new(store, clock);
    private readonly SweepStarter _starter = new(cohorts, grains, clock, logger);
    private readonly Turns _turns = new();
    private readonly FailureNews _failures = new(clock);
    private volatile bool _stops;

    /// <summary>
    /// Starts a sweep, or finds it started: of any number who submit it at once, to any number of servers, one is told that it is new.
    /// </summary>
    /// <param name="spec">The sweep; folders in it have become stored cohorts.</param>
    /// <param name="yaml">Its text as written.</param>
    /// <param name="patience">How long to wait for the start.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SpecException">The sweep cannot be started.</exception>
    /// <exception cref="NotYetException">Too many sweeps are being prepared.</exception>
    public async Task<Submitted> SubmitAsync(SweepSpec spec, string yaml, TimeSpan patience, CancellationToken cancellationToken)
    {
        // A phantom is its own identity, so the id is known before its images are.
        SweepId sweep = spec.Id();
        Preparing? preparing;
        bool isFirst;
        using (await _turns.TakeAsync(sweep.Value, cancellationToken))
        {
            SweepSubmission? ready = await cohorts.FindAsync(spec, yaml, cancellationToken);
            if (ready is not null && await _starter.FindAsync(sweep) is not null)
            {
                return await _starter.StartAsync(ready);
            }

            isFirst = !_running.TryGetValue(sweep.Value, out preparing);
            if (preparing is not null)
            {
                spec.RequireIs(preparing.Held.Record.Spec);
            }

            preparing ??= await AcceptAsync(sweep, spec, yaml, isReady: ready is not null, cancellationToken);
            patience = ready is not null && patience < StartPatience ? StartPatience : patience;
        }

        long start = clock.GetTimestamp();
        return preparing is not null && await WaitAsync(preparing, isFirst, patience, cancellationToken) is { } submitted
            ? submitted
            : await JoinAsync(sweep, _stops ? TimeSpan.Zero : patience - clock.GetElapsedTime(start), cancellationToken);
    }

    /// <summary>How far the sweep's preparation is, on whichever server; null when it is not being prepared.</summary>
    /// <exception cref="SpecException">The text is no sweep id, or it was refused when its cohorts were there.</exception>
    public async Task<SweepPreparation?> FindAsync(string sweep, CancellationToken cancellationToken = default) =>
        await _pending.FindAsync(SweepId.Parse(sweep), cancellationToken) is { } found ? NowOf(sweep, found) : null;

    /// <summary>
    /// Stops preparing the sweep, on whichever server; what was rendered for it is lost, unless another sweep waits for it too.
    /// </summary>
    /// <returns>How far it was; null when it was not being prepared.</returns>
    /// <exception cref="SpecException">The text is no sweep id.</exception>
    /// <exception cref="NotYetException">The sweep is being started at this moment.</exception>
    public async Task<SweepPreparation?> CancelAsync(string sweep)
    {
        SweepId id = SweepId.Parse(sweep);
        using IDisposable turn = await _turns.TakeAsync(sweep);
        PendingSweep? cancelled = await _pending.CancelAsync(id);
        SweepPreparation? now = cancelled is null ? null : NowOf(sweep, cancelled);
        if (_running.TryRemove(sweep, out Preparing? preparing))
        {
            await preparing.CancelAsync();
        }

        return now;
    }

    /// <summary>Goes on with what other processes were asked for and left.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var watch = new PendingWatch(_pending, store, clock, logger);
        using var timer = new PeriodicTimer(PendingWatch.Period, clock);
        do
        {
            try
            {
                await foreach (SweepId sweep in watch.ListAsync(stoppingToken))
                {
                    using IDisposable turn = await _turns.TakeAsync(sweep.Value, stoppingToken);
                    if (!_running.ContainsKey(sweep.Value) && await watch.TakeAsync(sweep, stoppingToken) is { } held)
                    {
                        Begin(sweep.Value, held);
                    }
                }

                _failures.Worked();
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (_failures.IsNews(e))
                {
                    LogNotRead(logger, e);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>The records stay, without a holder: the next process goes on with them at once.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _stops = true;
        await base.StopAsync(cancellationToken);
        Preparing[] running = [.. _running.Values];
        await Task.WhenAll(running.Select(p => p.CancelAsync()));
        await Task.WhenAll(running.Select(p => ReleaseAsync(p, cancellationToken)));
    }

    public override void Dispose()
    {
        base.Dispose();
        foreach (Preparing preparing in _running.Values)
        {
            preparing.Dispose();
        }
    }

    private async Task ReleaseAsync(Preparing preparing, CancellationToken cancellationToken)
    {
        try
        {
            await ((Task)preparing.Ended).ContinueWith(ended => ended.Exception, TaskScheduler.Default).WaitAsync(cancellationToken);
            bool isReleased = await preparing.Held.WriteAsync(record => record with { Holder = null }, cancellationToken);
            if (!isReleased && !preparing.Ended.IsCompletedSuccessfully)
            {
                LogTaken(logger, preparing.Sweep);
            }
        }
        catch (Exception e)
        {
            LogNotReleased(logger, e, preparing.Sweep);
        }
    }

    /// <summary>How far the preparation is: as this server knows it, or else from the record, which is a moment old.</summary>
    private SweepPreparation NowOf(string sweep, PendingSweep record) =>
        _running.TryGetValue(sweep, out Preparing? preparing) ? preparing.Now : new SweepPreparation(sweep, record.Done, record.Patients);

    /// <returns>Null when this server no longer prepares it; another may.</returns>
    private async Task<Submitted?> WaitAsync(Preparing preparing, bool isFirst, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            Submitted started = await preparing.Ended.WaitAsync(patience, clock, cancellationToken);
            return isFirst ? started : started with { Known = true };
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return new Submitted(null, false, preparing.Now);
        }
        catch (NotFoundException)
        {
            return null;
        }
    }

    /// <summary>Waits for what another server prepares.</summary>
    private async Task<Submitted> JoinAsync(SweepId sweep, TimeSpan patience, CancellationToken cancellationToken)
    {
        long start = clock.GetTimestamp();
        while (true)
        {
            if (await _pending.FindAsync(sweep, CancellationToken.None) is not { } record)
            {
                return await _starter.FindAsync(sweep) is { } status
                    ? new Submitted(status, true, null)
                    : throw new NotFoundException($"Sweep '{sweep}' is no longer being prepared; submit it again.");
            }

            if (clock.GetElapsedTime(start) >= patience || cancellationToken.IsCancellationRequested)
            {
                return new Submitted(null, false, NowOf(sweep.Value, record));
            }

            await Task.Delay(Asked, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Null when another server prepares it.</returns>
    private async Task<Preparing?> AcceptAsync(SweepId sweep, SweepSpec spec, string yaml, bool isReady, CancellationToken cancellationToken)
    {
        if (!isReady && _running.Count >= Most)
        {
            throw new NotYetException($"{Most} sweeps are being prepared; submit this one again when one of them has started.");
        }

        return await _pending.AcceptAsync(sweep, spec, yaml, cancellationToken) is { } held ? Begin(sweep.Value, held) : null;
    }

    private Preparing Begin(string sweep, HeldSubmission held)
    {
        var preparing = new Preparing(sweep, held);
        _running[sweep] = preparing;
        preparing.Begin(async () =>
        {
            try
            {
                return await _starter.RunAsync(preparing, _turns);
            }
            finally
            {
                _running.TryRemove(KeyValuePair.Create(sweep, preparing));
            }
        });
        return preparing;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep} is left to another server, which learns of it only after a minute")]
    private static partial void LogNotReleased(ILogger logger, Exception exception, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep} could not be left to another server: its record is another's by now, or gone")]
    private static partial void LogTaken(ILogger logger, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweeps that were being prepared could not be read; it is tried again")]
    private static partial void LogNotRead(ILogger logger, Exception exception);
}
