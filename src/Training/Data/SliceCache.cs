using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Runs;
using AdvSeg.Imaging.Cohorts;

using static TorchSharp.torch;

namespace AdvSeg.Training.Data;

/// <summary>
/// The cohorts this process has in memory, so that parallel runs do not load their own. The oldest leaves first. A cohort whose slices take more
/// than its share of the limit stays in its files, and the share holds those slices that were used last.
/// </summary>
internal static class SliceCache
{
    private const int Capacity = 4;

    /// <summary>A run scores a second cohort besides its own, and neither may drive the other out.</summary>
    private const int Shares = 2;

    private static readonly Lock Gate = new();
    private static readonly List<Entry> Loaded = [];

    /// <param name="digest">The cohort.</param>
    /// <param name="cropSize">Side of the central square, pixels.</param>
    /// <param name="device">Where it is trained on.</param>
    /// <param name="limit">Bytes that slices may take.</param>
    /// <param name="folderOf">Finds a cohort's folder.</param>
    /// <exception cref="TrainingException">The folder does not hold the cohort.</exception>
    public static CohortTensors Get(string digest, int cropSize, Device device, long limit, Func<string, string> folderOf)
    {
        lock (Gate)
        {
            string place = $"{device} {limit}";
            if (Loaded.Find(entry => entry.Digest == digest && entry.Size == cropSize && entry.Place == place) is { } known)
            {
                return known.Tensors;
            }

            CohortTensors tensors = Load(folderOf(digest), digest, cropSize, device, limit / Shares);
            long held = Math.Min(tensors.Bytes, limit / Shares);
            while (Loaded.Count == Capacity || (Loaded.Count > 0 && Loaded.Sum(entry => entry.Held) + held > limit))
            {
                // A run may still use it: its tensors go when the last reference does.
                Loaded.RemoveAt(0);
            }

            Loaded.Add(new Entry(digest, cropSize, place, held, tensors));
            return tensors;
        }
    }

    private static CohortTensors Load(string folder, string digest, int cropSize, Device device, long share)
    {
        try
        {
            CohortManifest manifest = CohortFolder.ReadManifest(folder);
            if (manifest.ComputeDigest() != digest)
            {
                throw new SpecException($"The folder {folder} holds the cohort {manifest.ComputeDigest()} instead of {digest}; fetch it again.");
            }

            CohortFolder.RefuseExtraFiles(folder, manifest);
            return new CohortTensors(folder, manifest, cropSize, device, share);
        }
        catch (SpecException e)
        {
            throw new TrainingException(FailureClass.Data, e.Message, e);
        }
    }

    private sealed record Entry(string Digest, int Size, string Place, long Held, CohortTensors Tensors);
}
