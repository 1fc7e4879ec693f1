using AdvSeg.Client.Cli;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Imports;
using AdvSeg.Imaging.Volumes;
using AdvSeg.Training.Files;

namespace AdvSeg.Client.Local;

/// <summary>One class of a predicted study.</summary>
internal sealed record PredictedClass(string Class, long Voxels, double Millilitres);

/// <summary>What was predicted of a study.</summary>
/// <param name="Study">Its name.</param>
/// <param name="Mask">The file of labels; null where it was refused.</param>
/// <param name="TumourSlices">Slices with the target.</param>
/// <param name="Classes">Every class but background.</param>
/// <param name="Problem">Why it was refused; null where it was not.</param>
internal sealed record PredictedStudy(string Study, string? Mask, int TumourSlices, IReadOnlyList<PredictedClass> Classes, string? Problem = null);

/// <summary>Segments examinations that no cohort holds, at their own geometry.</summary>
internal sealed class StudyPrediction(PredictionModels models, bool withProbabilities, Terminal terminal)
{
    private const double MicrolitresPerMillilitre = 1000;

    /// <exception cref="SpecException">
    /// The images do not fit the models, and the message names what does not; or a file cannot be written where it is to be, which is told before
    /// anything is computed.
    /// </exception>
    public PredictedStudy Run(StudyImages files, string output)
    {
        RequireRoom(output);
        List<NetworkMaps> maps = [];
        Dictionary<TrainedPixels, UnlabelledStudy> read = [];
        UnlabelledStudy? last = null;
        foreach ((Model model, TrainedPixels pixels) in models.All)
        {
            last = read.TryGetValue(pixels, out UnlabelledStudy? known) ? known : read[pixels] = UnlabelledReader.Read(
                files.Name, files.Images, pixels.Settings, warning => terminal.Say($"Warning: {warning.TrimEnd('.')}."), pixels.SliceMillimetres);
            maps.Add(new NetworkMaps(Restoration.Centre(last.Grid, model.CropSize), model.Probabilities(last.Volume)));
        }

        VolumeGeometry native = last!.Native;
        RestoredMaps restored = Restoration.Onto(maps, native, withProbabilities);
        VolumeFile.Write(output, Volume.Of(native, restored.Labels));
        for (int label = 0; label < (restored.Probabilities?.Count ?? 0); label++)
        {
            VolumeFile.Write(ProbabilityFile(output, models.Layout.Classes[label]), Volume.Of(native, restored.Probabilities![label]));
        }

        return Describe(files.Name, output, restored.Labels, native);
    }

    /// <summary>The same; a study whose images do not fit is told in the result instead.</summary>
    public PredictedStudy TryRun(StudyImages files, string output)
    {
        try
        {
            return Run(files, output);
        }
        catch (SpecException e)
        {
            terminal.Say($"{files.Name} is refused: {e.Message}");
            return new PredictedStudy(files.Name, null, 0, [], e.Message);
        }
    }

    /// <summary>mask-tumour.nii.gz beside mask.nii.gz.</summary>
    public static string ProbabilityFile(string output, string label)
    {
        string name = Path.GetFileName(output);
        string ending = VolumeFile.EndingOf(name);
        return Path.Combine(Path.GetDirectoryName(output) ?? "", $"{name[..^ending.Length]}-{label}{ending}");
    }

    private void RequireRoom(string output)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(output))!;
        if (!Directory.Exists(folder))
        {
            throw new SpecException($"The folder {folder} of {output} is not there; make it, or name another file.");
        }

        string[] files = [output, .. withProbabilities ? models.Layout.Classes.Select(label => ProbabilityFile(output, label)) : []];
        if (Array.Find(files, Path.Exists) is { } used)
        {
            throw new SpecException($"{used} is there already; name a new file, or remove this one.");
        }
    }

    private PredictedStudy Describe(string name, string output, byte[] labels, VolumeGeometry native)
    {
        double voxel = Math.Abs(native.ToMillimetres.Determinant) / MicrolitresPerMillilitre;
        int plane = (int)native.Size.Plane;
        int slices = Enumerable.Range(0, native.Size.Z).Count(z => labels.AsSpan(z * plane, plane).Contains((byte)LabelClass.Tumour));
        IEnumerable<PredictedClass> classes = models.Layout.Classes.Skip(1).Select((label, i) =>
        {
            long voxels = labels.AsSpan().Count((byte)(i + 1));
            return new PredictedClass(label, voxels, voxels * voxel);
        });
        return new PredictedStudy(name, output, slices, [.. classes]);
    }
}
