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
/// Submissions whose phantoms have to be rendered first. Each is stored before it is answered, goes on without whoever sent it, over a
/// restart too, and ends with the start of its sweep, a refusal or an order to cancel it.
/// </summary>
public sealed partial class SweepPreparations(
    CohortPreparer cohorts, IGrainFactory grains, IArtifactStore store, TimeProvider clock, ILogger<SweepPreparations> logger) : BackgroundService
{
    private const int Most = 16;
    private const int MostRefusals = 1000;
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(5);
    private readonly ConcurrentDictionary<string, Preparing> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, SpecException> _refused = new(StringComparer.Ordinal);
    private readonly Turns _turns = new();
    private readonly FailureNews _failures = new(clock);

    /// <summary>Starts a sweep, or finds it started: of any number who submit it at once, one is told that it is new.</summary>
    /// <param name="spec">The sweep; folders in it have become stored cohorts.</param>
    /// <param name="yaml">Its text as written.</param>
    /// <param name="patience">How long to wait for the start.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SpecException">The sweep cannot be started.</exception>
    /// <exception cref="NotYetException">Too many sweeps are being prepared.</exception>
    public async Task<Submitted> SubmitAsync(SweepSpec spec, string yaml, TimeSpan patience, CancellationToken cancellationToken)
    {
        // A phantom is its own identity, so the id is known before its images are.
        string sweep = spec.Id().Value;
        Preparing? preparing;
        bool isFirst;
        using (await _turns.TakeAsync(sweep, cancellationToken))
        {
            if (await cohorts.FindAsync(spec, yaml, cancellationToken) is { } ready)
            {
                return await StartAsync(ready);
            }

            isFirst = !_running.TryGetValue(sweep, out preparing);
            preparing ??= await AcceptAsync(sweep, spec, yaml, cancellationToken);
        }

        try
        {
            Submitted started = await preparing.Ended.WaitAsync(patience, clock, cancellationToken);
            return isFirst ? started : started with { Known = true };
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            return new Submitted(null, false, preparing.Now);
        }
    }

    /// <summary>How far the sweep's preparation is; null when it is not being prepared.</summary>
    /// <exception cref="SpecException">It was refused when its cohorts were there.</exception>
    public SweepPreparation? Find(string sweep) =>
        _refused.TryGetValue(sweep, out SpecException? why) ? throw Refusal(sweep, why)
        : _running.TryGetValue(sweep, out Preparing? preparing) ? preparing.Now
        : null;

    /// <summary>Stops preparing the sweep; what was rendered for it is lost, unless another sweep waits for it too.</summary>
    /// <returns>How far it was; null when it was not being prepared.</returns>
    public async Task<SweepPreparation?> CancelAsync(string sweep)
    {
        using IDisposable turn = await _turns.TakeAsync(sweep);
        if (!_running.TryGetValue(sweep, out Preparing? preparing))
        {
            return null;
        }

        await store.DeleteAsync(Key(new SweepId(sweep)));
        Forget(preparing);
        await preparing.CancelAsync();
        return preparing.Now;
    }

    /// <summary>Goes on with what another process was asked for.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Again, clock);
        do
        {
            try
            {
                await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.Pending, stoppingToken))
                {
                    if (ArtifactKeys.SweepOfPending(info.Key) is { } sweep)
                    {
                        await GoOnAsync(sweep, stoppingToken);
                    }
                }

                return;
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

    /// <summary>A record that cannot be read is told to whoever asks for its sweep; the others go on.</summary>
    private async Task GoOnAsync(SweepId sweep, CancellationToken cancellationToken)
    {
        try
        {
            using IDisposable turn = await _turns.TakeAsync(sweep.Value, cancellationToken);
            if (await store.FindAsync(Key(sweep), cancellationToken) is { } pending)
            {
                if (pending.Spec.Id() != sweep)
                {
                    throw DamagedException.Of(Key(sweep), "holds another sweep");
                }

                Begin(sweep.Value, pending.Spec, pending.Yaml);
            }
        }
        catch (DamagedException e)
        {
            Refuse(sweep.Value, e);
            LogDamaged(logger, sweep.Value, e.Message);
        }
    }

    /// <summary>The records stay: the next process goes on with them.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(_running.Values.Select(p => p.CancelAsync()));
    }

    public override void Dispose()
    {
        base.Dispose();
        foreach (Preparing preparing in _running.Values)
        {
            preparing.Dispose();
        }
    }

    /// <summary>However many are refused, the memory of it stays small; who asks for one that is forgotten hears that there is none.</summary>
    private void Refuse(string sweep, SpecException why)
    {
        if (_refused.Count >= MostRefusals)
        {
            _refused.Clear();
        }

        _refused[sweep] = why;
    }

    private static SpecException Refusal(string sweep, SpecException why)
    {
        string message = $"Sweep '{sweep}' was not started: {why.Message}";
        return why is DamagedException ? new DamagedException(message, why) : new SpecException(message, why);
    }

    private static ArtifactKey<PendingSweep> Key(SweepId sweep) => ArtifactKeys.PendingSweep(sweep);

    private async Task<Preparing> AcceptAsync(string sweep, SweepSpec spec, string yaml, CancellationToken cancellationToken)
    {
        if (_running.Count >= Most)
        {
            throw new NotYetException($"{Most} sweeps are being prepared; submit this one again when one of them has started.");
        }

        _refused.TryRemove(sweep, out _);
        await store.PutAsync(Key(new SweepId(sweep)), CanonicalJson.Write(new PendingSweep(spec, yaml)), cancellationToken);
        return Begin(sweep, spec, yaml);
    }

    private Preparing Begin(string sweep, SweepSpec spec, string yaml)
    {
        Preparing preparing = _running.GetOrAdd(sweep, _ => new Preparing(sweep));
        preparing.Begin(() => RunAsync(preparing, spec, yaml));
        return preparing;
    }

    private async Task<Submitted> RunAsync(Preparing preparing, SweepSpec spec, string yaml)
    {
        ArtifactKey<PendingSweep> key = Key(new SweepId(preparing.Sweep));
        var failures = new FailureNews(clock);
        try
        {
            while (true)
            {
                try
                {
                    SweepSubmission submission = await cohorts.PrepareAsync(spec, yaml, preparing, preparing.Stopped);
                    using IDisposable turn = await _turns.TakeAsync(preparing.Sweep, preparing.Stopped);
                    Submitted started = await StartAsync(submission);
                    await store.DeleteAsync(key);
                    Forget(preparing);
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
        catch (SpecException e)
        {
            using IDisposable turn = await _turns.TakeAsync(preparing.Sweep);
            if (_running.GetValueOrDefault(preparing.Sweep) == preparing)
            {
                // Else it was cancelled meanwhile, and the record may be of a new submission.
                Refuse(preparing.Sweep, e);
                await store.DeleteAsync(key);
                Forget(preparing);
            }

            throw;
        }
        finally
        {
            Forget(preparing);
        }
    }

    private void Forget(Preparing preparing) => _running.TryRemove(KeyValuePair.Create(preparing.Sweep, preparing));

    private async Task<Submitted> StartAsync(SweepSubmission submission)
    {
        ISweepGrain sweep = grains.GetGrain<ISweepGrain>(submission.Spec.Id().Value);
        bool known = await sweep.GetStatus() is not null;
        return new Submitted(await sweep.Start(submission), known, null);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sweep {Sweep} could not be prepared; it is tried again")]
    private static partial void LogAgain(ILogger logger, Exception exception, string sweep);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweeps that were being prepared could not be read; it is tried again")]
    private static partial void LogNotRead(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sweep {Sweep} was accepted and cannot be prepared: {Problem}")]
    private static partial void LogDamaged(ILogger logger, string sweep, string problem);
}
