namespace AdvSeg.UseCases.Sweeps;

/// <summary>
/// Keeps what was asked for lately: until nobody has asked for <see cref="Kept"/>, and up to a number of bytes and of values. Sweeps are
/// never deleted, so what is computed of each must go when nobody looks at it any more.
/// </summary>
public sealed class UsedLately<T> : IDisposable
    where T : class
{
    /// <summary>Whoever comes back to a page within this time does not wait for it anew.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _clock;
    private readonly Func<T, long> _bytesOf;
    private readonly Func<T, bool> _mayGo;
    private readonly long _mostBytes;
    private readonly int _mostValues;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);

    /// <summary>What was asked for last comes first.</summary>
    private readonly LinkedList<Entry> _used = [];

    /// <param name="clock">The clock.</param>
    /// <param name="bytesOf">About what a value takes of memory now.</param>
    /// <param name="mostBytes">Of all values; those asked for least recently go first, the last one stays however large it is.</param>
    /// <param name="mostValues">How many are kept.</param>
    /// <param name="mayGo">False for a value that is kept whatever the bounds say; null stands for none.</param>
    public UsedLately(TimeProvider clock, Func<T, long> bytesOf, long mostBytes, int mostValues = int.MaxValue, Func<T, bool>? mayGo = null)
    {
        (_clock, _bytesOf, _mostBytes, _mostValues, _mayGo) = (clock, bytesOf, mostBytes, mostValues, mayGo ?? (_ => true));
        _timer = clock.CreateTimer(_ => Trim(), null, Kept / 5, Kept / 5);
    }

    /// <summary>The value of a key, made if there is none.</summary>
    public T Get(string key, Func<T> make)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                _entries[key] = node = new LinkedListNode<Entry>(new Entry(key, make()));
            }
            else
            {
                _used.Remove(node);
            }

            node.Value.Asked = _clock.GetTimestamp();
            _used.AddFirst(node);
            return node.Value.Value;
        }
    }

    /// <summary>To be called when a value was computed: its time begins anew, however long that took.</summary>
    public void Touch(string key)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                node.Value.Asked = _clock.GetTimestamp();
            }
        }
    }

    /// <summary>Lets go of what is over the bounds; to be called when a value has grown.</summary>
    public void Trim()
    {
        lock (_lock)
        {
            int kept = 0;
            long bytes = 0;
            for (LinkedListNode<Entry>? node = _used.First; node is not null;)
            {
                LinkedListNode<Entry>? next = node.Next;
                long own = _bytesOf(node.Value.Value);
                bool isOver = kept >= _mostValues || (kept > 0 && bytes + own > _mostBytes) || _clock.GetElapsedTime(node.Value.Asked) >= Kept;
                if (isOver && _mayGo(node.Value.Value))
                {
                    _used.Remove(node);
                    _entries.Remove(node.Value.Key);
                }
                else
                {
                    kept++;
                    bytes += own;
                }

                node = next;
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private sealed class Entry(string key, T value)
    {
        public string Key => key;

        public T Value => value;

        /// <summary>When it was last asked for, as a timestamp.</summary>
        public long Asked { get; set; }
    }
}
