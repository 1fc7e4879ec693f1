namespace AdvSeg.Silo.Worker;

/// <summary>
/// Measures where the time goes from an attempt's lease to its first step: a run that lost its worker waits for all of it. It is made when the
/// attempt begins, and the attempt's thread says which part is over.
/// </summary>
internal sealed class AttemptStart(TimeProvider clock)
{
    private enum Part
    {
        Found,
        InSlot,
        Loaded,
        Restored,
        Stepped,
    }

    private long _last = clock.GetTimestamp();
    private Part _next;

    /// <summary>Time to look for a result, to show that this worker may write, to read the newest checkpoint and put it into the networks.</summary>
    public TimeSpan Checkpoint { get; private set; }

    /// <summary>Time to wait until a slot was left.</summary>
    public TimeSpan Slot { get; private set; }

    /// <summary>Time to bring the cohort into memory and to make the networks.</summary>
    public TimeSpan Cohort { get; private set; }

    /// <summary>Time to train the first step, with what it has measured or stored besides.</summary>
    public TimeSpan Step { get; private set; }

    /// <summary>It is known from which checkpoint the attempt goes on.</summary>
    public void Found() => Checkpoint += TimeOf(Part.Found);

    public void InSlot() => Slot += TimeOf(Part.InSlot);

    /// <summary>Cohort and networks are there; only what the checkpoint holds is missing.</summary>
    public void Loaded() => Cohort += TimeOf(Part.Loaded);

    /// <summary>The first step begins.</summary>
    public void Restored() => Checkpoint += TimeOf(Part.Restored);

    /// <returns>Whether it was the first step.</returns>
    public bool Stepped()
    {
        bool first = _next <= Part.Stepped;
        Step += TimeOf(Part.Stepped);
        return first;
    }

    /// <summary>Only the first call for a part counts; a call that comes after one for a later part counts nothing.</summary>
    private TimeSpan TimeOf(Part part)
    {
        if (part < _next)
        {
            return TimeSpan.Zero;
        }

        long now = clock.GetTimestamp();
        TimeSpan passed = clock.GetElapsedTime(_last, now);
        (_last, _next) = (now, part + 1);
        return passed;
    }
}
