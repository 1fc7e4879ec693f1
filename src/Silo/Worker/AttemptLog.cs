namespace AdvSeg.Silo.Worker;

/// <summary>The lines of one attempt, with times; bounded, so that a chatty trainer cannot fill memory.</summary>
public sealed class AttemptLog(TimeProvider clock)
{
    private const int Most = 5000;
    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private int _dropped;

    public void Add(string line)
    {
        lock (_lock)
        {
            if (_lines.Count == Most)
            {
                _lines.RemoveRange(0, Most / 2);
                _dropped += Most / 2;
            }

            _lines.Add($"{clock.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fffZ} {line}");
        }
    }

    /// <summary>The newest lines, at most so many.</summary>
    public IReadOnlyList<string> Tail(int lines)
    {
        lock (_lock)
        {
            return [.. _lines.TakeLast(lines)];
        }
    }

    public override string ToString()
    {
        lock (_lock)
        {
            string before = _dropped == 0 ? "" : $"({_dropped} earlier lines were dropped; a log holds {Most} at most)\n";
            return $"{before}{string.Join('\n', _lines)}\n";
        }
    }
}
