using AdvSeg.Core.Sweeps;
using Orleans.Storage;

namespace AdvSeg.Grains;

/// <summary>The state of a sweep as it is stored.</summary>
/// <param name="state">Where it is kept.</param>
/// <param name="writeFailed">Called when a write failed: it may have been carried out all the same, so nobody knows what is stored.</param>
internal sealed class StoredSweep(IPersistentState<SweepState> state, Action writeFailed)
{
    public SweepState State => state.State;

    /// <summary>The state's artifact is there and holds no state.</summary>
    public bool IsEmpty => state is { RecordExists: false, Etag: not null };

    /// <exception cref="InconsistentStateException">Another activation has written since this one read.</exception>
    public async Task StoreAsync(SweepState next)
    {
        SweepState before = state.State;
        state.State = next;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            state.State = before;
            writeFailed();
            throw;
        }
    }
}
