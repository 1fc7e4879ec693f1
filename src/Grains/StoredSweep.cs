using AdvSeg.Core.Sweeps;
using Orleans.Storage;

namespace AdvSeg.Grains;

/// <summary>The state of a sweep as it is stored.</summary>
/// <param name="state">Where it is kept.</param>
/// <param name="writeFailed">Called when a write failed: it may have been carried out all the same, so nobody knows what is stored.</param>
internal sealed class StoredSweep(IPersistentState<SweepState> state, Action writeFailed)
{
    private SweepState? _replaced;

    /// <summary>While a write is under way, what it replaces: who only looks must not see what may yet fail.</summary>
    public SweepState State => _replaced ?? state.State;

    /// <summary>The state's artifact is there and holds no state.</summary>
    public bool IsEmpty => state is { RecordExists: false, Etag: not null };

    /// <exception cref="InconsistentStateException">Another activation has written since this one read.</exception>
    public async Task StoreAsync(SweepState next)
    {
        _replaced = state.State;
        state.State = next;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            state.State = _replaced;
            writeFailed();
            throw;
        }
        finally
        {
            _replaced = null;
        }
    }
}
