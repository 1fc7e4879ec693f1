using AdvSeg.Core.Access;

namespace AdvSeg.UseCases.Access;

/// <summary>
/// Refusals in the audit log. Anybody can be refused as often as they like, so the entries of a minute are limited; the refusals beyond them are
/// counted, and the count is an entry.
/// </summary>
public sealed class AuditRefusals(AuditLog log, TimeProvider clock)
{
    public const int MostPerMinute = 60;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private long _since = clock.GetTimestamp();
    private int _noted;
    private int _more;

    public void Note(AuditEntry entry)
    {
        lock (_lock)
        {
            Turn();
            if (_noted < MostPerMinute && log.HasRoom)
            {
                _noted++;
                log.Note(entry);
            }
            else
            {
                _more++;
            }
        }
    }

    /// <summary>Notes how many there were beyond the entries, once their minute is over.</summary>
    /// <param name="atOnce">True when the log ends: the minute need not be over.</param>
    public void Count(bool atOnce)
    {
        lock (_lock)
        {
            Turn();
            if (_more > 0 && log.HasRoom && (atOnce || _noted == 0))
            {
                log.Note(log.New(AuditEntry.MoreRefusals) with { Count = _more });
                _more = 0;
            }
        }
    }

    private void Turn()
    {
        if (clock.GetElapsedTime(_since) >= Window)
        {
            (_since, _noted) = (clock.GetTimestamp(), 0);
        }
    }
}
