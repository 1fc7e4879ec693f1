using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;
using AdvSeg.Grains.Interfaces;

namespace AdvSeg.Silo.Worker;

/// <summary>
/// Where people ask what an attempt segments now. The training thread serves all who wait at its next step boundary, with one preview;
/// nobody asking costs it nothing.
/// </summary>
internal sealed class PreviewDesk(TimeProvider clock)
{
    /// <summary>Two pages that look at the same time share a preview.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>Where a preview takes long, the next one waits so many times as long: watching slows a training down by 5 % at most.</summary>
    private const int RestPerCost = 20;

    private readonly Lock _lock = new();
    private TaskCompletionSource<PreviewReply>? _asked;
    private volatile bool _isAsked;
    private (PreviewReply Reply, long At, TimeSpan Fresh)? _last;
    private TrainingPreview? _newest;

    /// <summary>Waits so long for the training thread; after that the answer is the newest preview made before, if there is one.</summary>
    public async Task<PreviewReply> AskAsync(TimeSpan wait)
    {
        Task<PreviewReply> served;
        lock (_lock)
        {
            if (_last is { } last && clock.GetElapsedTime(last.At) < last.Fresh)
            {
                return last.Reply;
            }

            _asked ??= new TaskCompletionSource<PreviewReply>(TaskCreationOptions.RunContinuationsAsynchronously);
            _isAsked = true;
            served = _asked.Task;
        }

        await Task.WhenAny(served, Task.Delay(wait, clock));
        return served.IsCompleted ? await served : Earlier(wait);
    }

    /// <summary>On the training thread, at a step boundary.</summary>
    public void Serve(Func<TrainingPreview> segment)
    {
        if (!_isAsked)
        {
            return;
        }

        long began = clock.GetTimestamp();
        PreviewReply reply = Make(segment);
        long made = clock.GetTimestamp();
        TimeSpan rest = RestPerCost * clock.GetElapsedTime(began, made);
        TaskCompletionSource<PreviewReply>? asked;
        lock (_lock)
        {
            (asked, _asked, _isAsked) = (_asked, null, false);
            _newest = reply.Preview ?? _newest;

            // One that failed cost the training as much.
            _last = (reply, made, rest > Fresh ? rest : Fresh);
        }

        asked?.SetResult(reply);
    }

    private static PreviewReply Make(Func<TrainingPreview> segment)
    {
        try
        {
            return new PreviewReply(segment(), WhyNot: null);
        }
        catch (Exception e)
        {
            // A request to look must never make a run fail.
            return new PreviewReply(Preview: null, $"The preview failed ({e.GetType().Name}: {PublicText.Of(e.Message)}); the training goes on.");
        }
    }

    private PreviewReply Earlier(TimeSpan wait)
    {
        lock (_lock)
        {
            string none =
                $"The training came to no step boundary within {wait.TotalSeconds:0.#} s: it starts, takes a long step, or scores. Ask again.";
            return new PreviewReply(_newest, _newest is null ? none : null);
        }
    }
}
