namespace AdvSeg.Silo.Worker;

/// <summary>
/// Where the time goes from an attempt's lease to its first step, which is what a run that lost its worker waits for. Made when the attempt
/// begins; the attempt's thread says what is over.
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

    /// <summary>To look for a result, to show that this worker may write, to read the newest checkpoint and put it into the networks.</summary>
    public TimeSpan Checkpoint { get; private set; }

    /// <summary>To wait until a slot was left.</summary>
    public TimeSpan Slot { get; private set; }

    /// <summary>To bring the cohort into memory and to make the networks.</summary>
    public TimeSpan Cohort { get; private set; }

    /// <summary>To train the first step, with what it has measured or stored besides.</summary>
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

    /// <summary>Only the first time counts, and nothing that is said after what follows it.</summary>
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
