using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;
using AdvSeg.Imaging.Cohorts;

using static TorchSharp.torch;

namespace AdvSeg.Training.Data;

/// <summary>
/// Loads cohorts once for all parallel runs. All of them together, in use or not, take no more than the limit, and room is taken before anything is
/// loaded. A cohort that needs more than its share, or more than those in use leave over, stays in its files; its part of the limit then holds the
/// slices that were used last.
/// </summary>
/// <param name="limit">Bytes that slices may take.</param>
/// <param name="enter">Makes a thread that loads compute as the process does, and gives the device.</param>
/// <param name="clock">Of the waits before files are read again.</param>
internal sealed class SliceCache(long limit, Func<Device> enter, TimeProvider clock)
{
    /// <summary>A device may have less memory than the limit, and cohorts of sweeps that have ended are rarely asked for again.</summary>
    private const int MostIdle = 3;

    /// <summary>
    /// A cohort takes one of so many shares of the limit: a run scores a second cohort besides its own, and neither may drive the other out.
    /// </summary>
    private const int Shares = 2;

    private readonly Lock _gate = new();
    private readonly Room<Entry> _room = new(limit, MostIdle);
    private readonly FileReads _reads = new(clock);

    /// <summary>Bytes that cohorts have of the limit, and who uses them or waits for them; a load is a user of its own.</summary>
    public (long Bytes, int Users) Taken
    {
        get
        {
            lock (_gate)
            {
                return (_room.Taken, _room.Places.Sum(place => place.Users));
            }
        }
    }

    /// <summary>
    /// Gives a cohort, which is loaded first if need be. All who wait for it share one load, and those who wait for another cohort do not wait for
    /// this one. A caller who is stopped leaves the load to the others; when the last one leaves, it ends.
    /// </summary>
    /// <param name="digest">The cohort.</param>
    /// <param name="cropSize">Side of the central square, pixels.</param>
    /// <param name="folderOf">Finds a cohort's folder, on the calling thread.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="TrainingException">The folder does not hold the cohort, or cannot be read.</exception>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    public CohortUse Use(string digest, int cropSize, Func<string, string> folderOf, CancellationToken stop)
    {
        Entry entry = Enter(digest, cropSize) ?? EnterOrLoad(digest, cropSize, folderOf(digest));
        try
        {
            CohortTensors tensors = entry.Load!.WaitAsync(stop).GetAwaiter().GetResult();
            return new CohortUse(tensors, () => Leave(entry));
        }
        catch
        {
            Leave(entry);
            throw;
        }
    }

    /// <summary>The manifest of a cohort in its folder.</summary>
    /// <exception cref="SpecException">The folder does not hold the cohort.</exception>
    /// <exception cref="TrainingException">It cannot be read now.</exception>
    public CohortManifest ManifestOf(string digest, string folder) => _reads.Of("The cohort's manifest", () => ReadManifest(folder, digest));

    private Entry? Enter(string digest, int cropSize)
    {
        lock (_gate)
        {
            if (_room.Places.FirstOrDefault(place => place.Digest == digest && place.Size == cropSize && !place.IsEnding) is not { } known)
            {
                return null;
            }

            _room.Enter(known);
            if (known.Tensors is { IsStored: true } tensors && known.Bytes < known.Wanted)
            {
                Drop(_room.Fill(known, known.Wanted));
                tensors.Widen(known.Bytes);
            }

            return known;
        }
    }

    private Entry EnterOrLoad(string digest, int cropSize, string folder)
    {
        lock (_gate)
        {
            if (Enter(digest, cropSize) is { } known)
            {
                return known;
            }

            var entry = new Entry(digest, cropSize);
            entry.Load = Task.Factory.StartNew(
                () => Load(entry, folder), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

            // The load is a user too, so that nobody takes its room before it has ended.
            _room.Enter(entry);
            _room.Enter(entry);
            return entry;
        }
    }

    private CohortTensors Load(Entry entry, string folder)
    {
        try
        {
            CohortTensors tensors = Read(entry, folder);
            lock (_gate)
            {
                entry.Tensors = tensors;
                if (!tensors.IsStored)
                {
                    _room.Lower(entry, tensors.Bytes);
                }

                Drop(_room.Leave(entry));
            }

            return tensors;
        }
        catch (Exception e)
        {
            // Room is freed before the failure is known, so that a caller who tries again finds it.
            lock (_gate)
            {
                _room.Remove(entry);
            }

            if (e is SpecException)
            {
                throw new TrainingException(FailureClass.Data, e.Message, e);
            }

            throw;
        }
    }

    private CohortTensors Read(Entry entry, string folder)
    {
        CohortManifest manifest = ManifestOf(entry.Digest, folder);
        entry.Wanted = Math.Min(CohortTensors.BytesOf(manifest, entry.Size), limit / Shares);
        lock (_gate)
        {
            Drop(_room.Fill(entry, entry.Wanted));
        }

        return new CohortTensors(folder, manifest, entry.Size, enter(), entry.Bytes, _reads, () => EndUnlessWanted(entry));
    }

    private static CohortManifest ReadManifest(string folder, string digest)
    {
        CohortManifest manifest = CohortFolder.ReadManifest(folder);
        if (manifest.ComputeDigest() != digest)
        {
            throw new SpecException($"The folder {folder} holds the cohort {manifest.ComputeDigest()} instead of {digest}; fetch it again.");
        }

        CohortFolder.RefuseExtraFiles(folder, manifest);
        return manifest;
    }

    /// <summary>Called between two patients. Nobody enters what is about to end.</summary>
    private void EndUnlessWanted(Entry entry)
    {
        lock (_gate)
        {
            if (entry.Users == 1)
            {
                entry.IsEnding = true;
                throw new OperationCanceledException($"Nobody waits for the cohort {entry.Digest} any more.");
            }
        }
    }

    private void Leave(Entry entry)
    {
        lock (_gate)
        {
            Drop(_room.Leave(entry));
        }
    }

    private static void Drop(IEnumerable<Entry> left)
    {
        foreach (Entry entry in left)
        {
            entry.Tensors?.Dispose();
        }
    }

    private sealed class Entry(string digest, int size) : RoomPlace
    {
        public string Digest => digest;

        public int Size => size;

        /// <summary>Nobody waits for the load any more, and it frees what it has made.</summary>
        public bool IsEnding { get; set; }

        /// <summary>Bytes that it has where there is room.</summary>
        public long Wanted { get; set; }

        public Task<CohortTensors>? Load { get; set; }

        /// <summary>Null until they are loaded.</summary>
        public CohortTensors? Tensors { get; set; }
    }
}
