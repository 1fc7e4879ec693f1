using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;

namespace AdvSeg.Imaging.Phantoms;

/// <summary>
/// The digital prostate phantom: a synthetic cohort with known truth. Anatomy, tumours, benign mimics and an imperfect expert are drawn per
/// patient; T2w and diffusion images are made from tissue by the signal equations. A patient is a pure function of (seed, its number), so
/// patients render in parallel with equal bits, and one patient shows the same anatomy at every size. Bits are equal on machines with the
/// same C mathematics library and instruction set; a cohort is therefore rendered once and passed on as bytes.
/// </summary>
public static class Phantom
{
    public const int SmallestSize = 32;
    public const int LargestSize = 1024;

    /// <summary>Patients of each kind; ids have at least three digits.</summary>
    public const int LargestCohort = 1_000_000;

    private const double SliceMillimetres = 3;

    /// <summary>Aggressive and lesion-free patients draw from separate numbers, so neither count changes a patient of the other kind.</summary>
    private const uint FirstLesionFree = LargestCohort;

    /// <summary>The cohort in memory.</summary>
    /// <param name="spec">What to render.</param>
    /// <param name="progress">Told the number of patients rendered so far.</param>
    /// <param name="cancellationToken">Stops between patients.</param>
    /// <exception cref="SpecException">The spec's counts or size are out of range.</exception>
    public static Cohort Render(PhantomCohort spec, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        Render(spec, Environment.ProcessorCount, progress, cancellationToken);

    /// <summary>The cohort as a new folder, patient by patient, so it need not fit in memory. The folder appears complete or not at all.</summary>
    /// <inheritdoc cref="Render(PhantomCohort, IProgress{int}?, CancellationToken)" path="/param"/>
    /// <exception cref="SpecException">The spec's counts or size are out of range, or the folder is not empty.</exception>
    public static CohortManifest RenderTo(
        string folder, PhantomCohort spec, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        CohortFolder.Write(
            folder,
            Describe(spec),
            new Grid(spec.Size).Pixel,
            spec.Size,
            Volumes(Checked(spec), Environment.ProcessorCount, progress, cancellationToken),
            cancellationToken);

    /// <summary>The patients, one after the other; their spacing is that of <see cref="SpacingOf"/>.</summary>
    /// <inheritdoc cref="Render(PhantomCohort, IProgress{int}?, CancellationToken)" path="/param"/>
    /// <exception cref="SpecException">The spec's counts or size are out of range.</exception>
    public static IEnumerable<CohortVolume> Patients(
        PhantomCohort spec, IProgress<int>? progress = null, CancellationToken cancellationToken = default) =>
        Volumes(Checked(spec), Environment.ProcessorCount, progress, cancellationToken);

    /// <summary>How large its cohort is if every patient has as many slices as one of its kind can have; known without rendering it.</summary>
    public static long MostBytes(PhantomCohort spec)
    {
        double slices = ((double)spec.Aggressive * Anatomy.MostAggressiveSlices) + ((double)spec.LesionFree * Anatomy.MostLesionFreeSlices);
        return (long)Math.Min(
            slices * spec.Size * spec.Size * CohortFile.BytesPerPixel(CohortLayout.Paper.Channels.Count), long.MaxValue / 2);
    }

    /// <summary>Of every patient of a phantom with slices of so many pixels.</summary>
    public static VoxelSpacing SpacingOf(int size) => new(SliceMillimetres, new Grid(size).Pixel);

    internal static Cohort Render(PhantomCohort spec, int threads, IProgress<int>? progress, CancellationToken cancellationToken) =>
        Cohort.Create(Describe(spec), new Grid(spec.Size).Pixel, Volumes(Checked(spec), threads, progress, cancellationToken));

    /// <summary>All volumes in a fixed order; a few per thread are in flight at a time.</summary>
    private static IEnumerable<CohortVolume> Volumes(PhantomCohort spec, int threads, IProgress<int>? progress, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        int done = 0;
        foreach (int[] batch in Enumerable.Range(0, spec.Aggressive + spec.LesionFree).Chunk(4 * threads))
        {
            var volumes = new CohortVolume[batch.Length];
            Parallel.For(0, batch.Length, options, i => volumes[i] = RenderPatient(spec, batch[i]));
            foreach (CohortVolume volume in volumes)
            {
                RefuseInvisibleTumour(spec, volume);
                yield return volume;
                progress?.Report(++done);
            }
        }
    }

    private static CohortVolume RenderPatient(PhantomCohort spec, int index)
    {
        bool aggressive = index < spec.Aggressive;
        int number = aggressive ? index : index - spec.Aggressive;
        string id = $"{(aggressive ? 'A' : 'F')}{number + 1:D3}";
        var draws = new PatientDraws(spec.Seed, (uint)number + (aggressive ? 0 : FirstLesionFree));
        return PatientRenderer.Render(id, aggressive, draws, new Grid(spec.Size), Difficulty.Of(spec));
    }

    /// <summary>A very small tumour can fall between the centres of large pixels.</summary>
    private static void RefuseInvisibleTumour(PhantomCohort spec, CohortVolume volume)
    {
        if (volume.Positive && volume.TumourSlices == 0)
        {
            throw new SpecException(
                $"Patient {volume.Patient} of seed {spec.Seed} shows no tumour at {spec.Size} pixels; use a larger size or another seed.");
        }
    }

    private static string Describe(PhantomCohort spec) =>
        $"Digital prostate phantom: {spec.Aggressive} aggressive, {spec.LesionFree} lesion-free patients, {spec.Size} x {spec.Size}, seed "
            + $"{spec.Seed}{(spec.Difficulty.Length == 0 ? "" : $", {spec.Difficulty}")}";

    private static PhantomCohort Checked(PhantomCohort spec)
    {
        if (spec.Size is < SmallestSize or > LargestSize)
        {
            throw new SpecException($"A phantom of {spec.Size} pixels cannot be rendered; use {SmallestSize} to {LargestSize}.");
        }

        if (Difficulty.Of(spec) is not { Contrast: > 0 and <= 1, Variation: >= 0 and <= 2, LabelNoise: >= 0 and <= 3 })
        {
            throw new SpecException(
                $"A phantom of {spec.Difficulty} cannot be rendered; use a contrast above 0, at most 1, a variation of 0 to 2 and a label noise of 0 "
                    + "to 3.");
        }

        if (spec.Aggressive is < 0 or > LargestCohort || spec.LesionFree is < 0 or > LargestCohort || spec.Aggressive + spec.LesionFree == 0)
        {
            throw new SpecException(
                $"A phantom of {spec.Aggressive} aggressive and {spec.LesionFree} lesion-free patients cannot be rendered; use 0 to "
                    + $"{LargestCohort} of each, "
                + "not 0 of both.");
        }

        return spec;
    }
}
