namespace AdvSeg.UseCases.Sweeps;

/// <summary>Lets callers that name the same thing go one at a time; callers that name different things do not wait for each other.</summary>
internal sealed class Turns
{
    private readonly Dictionary<string, Turn> _turns = new(StringComparer.Ordinal);

    /// <summary>Waits for the turn, which ends when what is returned is disposed.</summary>
    public async Task<IDisposable> TakeAsync(string name, CancellationToken cancellationToken = default)
    {
        Turn turn = Enter(name);
        try
        {
            await turn.Free.WaitAsync(cancellationToken);
            return new Holder(() =>
            {
                turn.Free.Release();
                Leave(name, turn);
            });
        }
        catch
        {
            Leave(name, turn);
            throw;
        }
    }

    private Turn Enter(string name)
    {
        lock (_turns)
        {
            if (!_turns.TryGetValue(name, out Turn? turn))
            {
                _turns[name] = turn = new Turn();
            }

            turn.Count++;
            return turn;
        }
    }

    private void Leave(string name, Turn turn)
    {
        lock (_turns)
        {
            if (--turn.Count == 0)
            {
                _turns.Remove(name);
                turn.Free.Dispose();
            }
        }
    }

    private sealed class Turn
    {
        public SemaphoreSlim Free { get; } = new(1);

        /// <summary>Who has the turn, and who waits for it.</summary>
        public int Count { get; set; }
    }

    private sealed class Holder(Action end) : IDisposable
    {
        private Action? _end = end;

        public void Dispose() => Interlocked.Exchange(ref _end, null)?.Invoke();
    }
}
