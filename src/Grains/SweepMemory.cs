using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Sweeps;

namespace AdvSeg.Grains;

/// <summary>What a sweep's grain knows beside its state. It has the size of the plan.</summary>
internal sealed record LoadedSweep(SweepMachine Machine, SweepDriver Driver, SweepRows Rows);

/// <summary>
/// Keeps what is loaded of a sweep that is over only as long as somebody asks for more than its status: sweeps are never deleted, and a list asks all
/// of them for their status. Used within one grain, whose turns do not overlap.
/// </summary>
/// <param name="id">The sweep.</param>
/// <param name="load">Reads it from the store.</param>
internal sealed class SweepMemory(SweepId id, Func<Task<LoadedSweep>> load)
{
    private Task<LoadedSweep>? _loading;
    private bool _isUsed;

    /// <summary>What is loaded; null before the start, and once it was let go.</summary>
    public LoadedSweep? Loaded { get; private set; }

    /// <summary>The status of the sweep when it was let go; null while it is loaded, and before the start.</summary>
    public SweepStatus? Over { get; private set; }

    /// <exception cref="SpecException">The sweep was not started.</exception>
    public LoadedSweep Required => Loaded ?? throw NoSweep();

    /// <exception cref="SpecException">The sweep was not started.</exception>
    public async Task<LoadedSweep> RequireAsync() => await FindAsync() ?? throw NoSweep();

    public async Task LoadAsync() => Loaded = await load();

    /// <summary>What is loaded, again if it was let go; null before the start. Many who ask at once cause one reading.</summary>
    public async Task<LoadedSweep?> FindAsync()
    {
        _isUsed = true;
        if (Over is not null)
        {
            Task<LoadedSweep> loading = _loading ??= load();
            try
            {
                LoadedSweep loaded = await loading;
                (Loaded, Over) = (Loaded ?? loaded, null);
            }
            finally
            {
                _loading = _loading == loading ? null : _loading;
            }
        }

        return Loaded;
    }

    /// <summary>Called from time to time: lets go of what nobody has used since the last call.</summary>
    /// <param name="status">
    /// The status to give from then on; null when something of the sweep goes on. A sweep whose report may still come is not let go.
    /// </param>
    /// <returns>Whether it has let go.</returns>
    public bool Rest(SweepStatus? status)
    {
        bool isWhole = status is not null && (status.Reported || status.Stage is not SweepStage.Finished);
        bool rests = isWhole && !_isUsed && Loaded is not null;
        _isUsed = false;
        (Loaded, Over) = rests ? (null, status) : (Loaded, Over);
        return rests;
    }

    private SpecException NoSweep() => new($"there is no sweep '{id}'.");
}
