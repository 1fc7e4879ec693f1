namespace AdvSeg.Silo.Worker;

/// <summary>
/// The slots of a worker, each trained in by one attempt at a time. An attempt that was leased ahead stands in line, ready to train, until a
/// slot is left; whoever came first enters first.
/// </summary>
/// <param name="count">How many slots there are now. When it falls, nobody enters until enough have left.</param>
public sealed class TrainingSlots(Func<int> count)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _line = new();
    private int _taken;

    /// <summary>A slot was entered; called under a lock.</summary>
    public Action Entered { get; init; } = () => { };

    /// <summary>A slot was left; called under a lock.</summary>
    public Action Left { get; init; } = () => { };

    /// <summary>Slots in which an attempt trains, or that rest.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>Blocks this thread until a slot is its own.</summary>
    /// <exception cref="OperationCanceledException">It was asked to stop while it stood in line.</exception>
    public void Enter(CancellationToken stop)
    {
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (_line.Count == 0 && _taken < count())
            {
                TakeOne();
                return;
            }

            place = _line.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        try
        {
            place.Value.Task.Wait(stop);
        }
        catch (OperationCanceledException)
        {
            StepOutOfLine(place);
            throw;
        }
    }

    /// <summary>Lets a slot rest: it is taken even when none is free.</summary>
    public void Rest()
    {
        lock (_lock)
        {
            TakeOne();
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            _taken--;
            Left();
            while (_taken < count() && _line.First is { } first)
            {
                _line.RemoveFirst();
                TakeOne();
                first.Value.SetResult();
            }
        }
    }

    private void TakeOne()
    {
        _taken++;
        Entered();
    }

    private void StepOutOfLine(LinkedListNode<TaskCompletionSource> place)
    {
        lock (_lock)
        {
            if (place.List is not null)
            {
                _line.Remove(place);
                return;
            }
        }

        // The slot was given to this attempt at the same moment: the attempt gives it back.
        Leave();
    }
}
