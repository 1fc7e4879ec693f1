using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Imaging.Resampling;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>A study on the cohort's grid.</summary>
/// <param name="Volume">The chosen slices.</param>
/// <param name="SliceMillimetres">From slice to slice.</param>
internal sealed record ImportedStudy(CohortVolume Volume, double SliceMillimetres);

/// <summary>
/// From the files of a study to slices of a cohort: every image is sampled once, from its own voxels, at the places of the cohort's. Images are
/// brought to mean 0 and spread 1 over all slices of the study within the first image; ADC is a measurement.
/// </summary>
internal static class StudyReader
{
    /// <summary>ADC files are in 1e-6 mm2/s, the cohort's scale in um2/ms.</summary>
    private const double AdcUnit = 1e-3;

    /// <param name="study">The files.</param>
    /// <param name="settings">What to make of them.</param>
    /// <param name="warn">Is told what a data manager should look at.</param>
    /// <exception cref="SpecException">A file cannot be used, or the labels are not those of the patient.</exception>
    public static ImportedStudy Read(StudyFiles study, ImportSettings settings, Action<string> warn)
    {
        Volume first = VolumeFile.Read(study.First.Path);
        VolumeGeometry grid = StudyGrid.Of(first.Geometry, settings, study.First.Path);
        byte[] native = StudyLabels.Read(study, first.Geometry, warn);
        bool positive = Tumour(native) > 0;
        if (study.Positive is { } stated && stated != positive)
        {
            throw new SpecException(
                $"{study.Name} is {(stated ? "positive" : "negative")} in the clinical record, and its masks have {Tumour(native)} voxels of tumour; "
                    + "correct either, or leave the study out.");
        }

        byte[] labels = OnGrid(native, first.Geometry, grid);
        StudyRanges.Check(study, (first.Geometry, native), (grid, labels), warn);
        int[] chosen = SliceRules.Choose(labels, grid.Size, positive, study.Gland, settings);
        SayWhatIsCut(study, native, first.Geometry, grid, warn);
        if (chosen.Length == 0 || (positive && Tumour(labels) == 0))
        {
            (string missing, string remedy) = positive ? ("tumour", "") : ("gland", ", --slices all where nobody drew its gland");
            throw new SpecException($"{study.Name} shows no {missing} in the central {settings.Size} pixels of {settings.Spacing} mm; use a larger "
                + $"size{remedy}, or leave the study out.");
        }

        CohortFile.RequireWritable(study.Name, chosen.Length, grid.Size.X, study.Images.Count);
        double[][] normalised = Normalised(study, first, grid, ExpectedRegion.Of(labels, study.Gland, chosen, grid.Size), warn);
        return new ImportedStudy(Pick(study.Patient, normalised, labels, chosen, grid.Size), grid.Spacing.Z);
    }

    /// <summary>Every image of a study on a grid, x fastest, on the scale of a cohort's channels.</summary>
    /// <param name="study">The files.</param>
    /// <param name="first">Its first image.</param>
    /// <param name="grid">Where values are wanted.</param>
    /// <param name="region">What the images have to show.</param>
    /// <param name="warn">Is told what a data manager should look at.</param>
    /// <exception cref="SpecException">An image cannot be read, is constant, or does not show the region.</exception>
    internal static double[][] Normalised(StudyFiles study, Volume first, VolumeGeometry grid, ExpectedRegion region, Action<string> warn)
    {
        SampledImage[] images = [.. study.Images.Select((file, i) => Sample(study, file, i == 0 ? first : null, first.Geometry, grid, warn))];
        StudyPairs.CheckImages(study, images, grid, region, warn);
        bool[] inside = StudyPairs.Inside(first.Geometry, grid);
        return [.. images.Select(image => image.File.IsAdc ? FromAdc(image.Values) : ByMoments(image.Values, inside))];
    }

    private static int Tumour(ReadOnlySpan<byte> labels) => labels.Count((byte)LabelClass.Tumour);

    private static byte[] OnGrid(byte[] native, VolumeGeometry t2w, VolumeGeometry grid) =>
        Array.ConvertAll(Resampler.Onto(Volume.Of(t2w, native), grid, Interpolation.Nearest), value => (byte)value);

    private static SampledImage Sample(
        StudyFiles study, ChannelFile file, Volume? read, VolumeGeometry first, VolumeGeometry grid, Action<string> warn)
    {
        Volume image = read ?? StudyPairs.Paired(study, file.Path, VolumeFile.Read(file.Path), first, warn);
        double[] values = Resampler.Onto(image, grid, Interpolation.Trilinear);
        Check(values, file.Path, study.First.Channel);
        return new SampledImage(file, image.Geometry, values);
    }

    /// <exception cref="VolumeException">A value is no number, or all are one.</exception>
    private static void Check(double[] values, string file, string first)
    {
        if (!Array.TrueForAll(values, double.IsFinite))
        {
            throw new VolumeException(file, "has voxels that are NaN or infinite", "mend its source.");
        }

        if (Array.TrueForAll(values, value => value == values[0]))
        {
            throw new VolumeException(
                file, $"has the value {values[0]} all over the {first} image", "it shows nothing there: check that it is the patient's.");
        }
    }

    /// <summary>In place: ADC in 1e-6 mm2/s to the cohort's scale.</summary>
    private static double[] FromAdc(double[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Normalisation.OfAdc(values[i] * AdcUnit);
        }

        return values;
    }

    /// <summary>In place: to mean 0 and spread 1 over the voxels inside the first image.</summary>
    private static double[] ByMoments(double[] values, bool[] inside)
    {
        Moments moments = Moments.Of(values.Where((_, i) => inside[i]).ToArray());
        double spread = moments.Spread + Normalisation.LeastSpread;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (values[i] - moments.Mean) / spread;
        }

        return values;
    }

    /// <summary>The chosen slices of a study.</summary>
    internal static CohortVolume Pick(string patient, double[][] images, byte[] labels, int[] chosen, VolumeSize size)
    {
        int pixels = (int)size.Plane;
        var picked = new float[images.Length * chosen.Length * pixels];
        var pickedLabels = new byte[chosen.Length * pixels];
        for (int i = 0; i < chosen.Length; i++)
        {
            labels.AsSpan(chosen[i] * pixels, pixels).CopyTo(pickedLabels.AsSpan(i * pixels));
            for (int channel = 0; channel < images.Length; channel++)
            {
                ReadOnlySpan<double> from = images[channel].AsSpan(chosen[i] * pixels, pixels);
                Span<float> to = picked.AsSpan(((i * images.Length) + channel) * pixels, pixels);
                for (int pixel = 0; pixel < pixels; pixel++)
                {
                    to[pixel] = (float)from[pixel];
                }
            }
        }

        return new CohortVolume(patient, Tumour(pickedLabels) > 0, chosen.Length, size.X, picked, pickedLabels);
    }

    private static void SayWhatIsCut(StudyFiles study, byte[] native, VolumeGeometry t2w, VolumeGeometry grid, Action<string> warn)
    {
        bool[] covered = StudyPairs.Inside(grid, t2w);
        int cut = native.Where((label, i) => label == (byte)LabelClass.Tumour && !covered[i]).Count();
        if (cut > 0)
        {
            warn($"{study.Name}: {cut} of {Tumour(native)} voxels of tumour lie outside the central {grid.Size.X} pixels of {grid.Spacing.X} mm");
        }
    }
}
