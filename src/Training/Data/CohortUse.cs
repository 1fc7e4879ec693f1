namespace AdvSeg.Training.Data;

/// <summary>One user's hold on a cohort of the <see cref="SliceCache"/>, which keeps its memory until the last user's is disposed.</summary>
/// <param name="cohort">The cohort.</param>
/// <param name="leave">Called once.</param>
internal sealed class CohortUse(CohortTensors cohort, Action leave) : IDisposable
{
    private Action? _leave = leave;

    public CohortTensors Cohort => cohort;

    public void Dispose() => Interlocked.Exchange(ref _leave, null)?.Invoke();
}
