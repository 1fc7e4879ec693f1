using System.Globalization;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Store;
using AdvSeg.Imaging.Imports;
using AdvSeg.Training.Files;

namespace AdvSeg.Client.Local;

/// <summary>The models that a prediction averages, each with the pixels of the cohort that it was trained on.</summary>
internal sealed class PredictionModels : IDisposable
{
    private const double UsualDistance = CohortManifest.UsualSliceMillimetres;
    private readonly List<(Model Model, TrainedPixels Pixels)> _all = [];

    public IReadOnlyList<(Model Model, TrainedPixels Pixels)> All => _all;

    /// <summary>Channels and classes, which all models share.</summary>
    public CohortLayout Layout => _all[0].Model.Layout;

    /// <param name="sources">Files of models, or runs of the data folder by their first digits.</param>
    /// <param name="data">The data folder; it need not be there for files.</param>
    /// <param name="spacing">Pixel side of the cohort, mm, where neither model nor data folder says it.</param>
    /// <param name="size">Pixels of a slice of the cohort, likewise.</param>
    /// <exception cref="SpecException">There is no such run or file, or the models do not go together.</exception>
    public static PredictionModels Read(IReadOnlyList<string> sources, string data, double? spacing, int? size)
    {
        var models = new PredictionModels();
        try
        {
            foreach (string source in sources)
            {
                Model model = Model.Read(Shared.ReadBytes(FileOf(source, data)), source, Numerics.DefaultCpu);
                models._all.Add((model, ScaleOf(model, source, data, spacing, size)));
                LayoutRules.RequireEqual(
                    models.Layout, model.Layout, sources[0], source, "only models of the same channels and classes can be averaged.");
            }

            return models;
        }
        catch
        {
            models.Dispose();
            throw;
        }
    }

    public void Dispose() => _all.ForEach(entry => entry.Model.Dispose());

    private static string FileOf(string source, string data)
    {
        if (File.Exists(source) || !source.All(char.IsAsciiHexDigitLower))
        {
            return source;
        }

        string runs = Path.Combine(data, "runs");
        string[] found = Directory.Exists(runs) ? [.. Directory.EnumerateDirectories(runs, $"{source}*")] : [];
        string run = found.Length == 1 ? Path.GetFileName(found[0]) : throw new SpecException(found.Length == 0
            ? $"{data} has no run {source}; give --data the folder that holds it, or name a file of a model."
            : $"{found.Length} runs of {data} begin with {source}; give more of its digits.");
        string result = Path.Combine(data, ArtifactKeys.RunResult(new RunId(run)).Value);
        if (!File.Exists(result))
        {
            throw new SpecException($"Run {run} of {data} has no result yet; wait until it is completed.");
        }

        ArtifactReference artifact = CanonicalJson.Read<RunResult>(File.ReadAllBytes(result), result).Artifacts
            .FirstOrDefault(a => a.Key.EndsWith(Model.FileName, StringComparison.Ordinal))
            ?? throw new SpecException($"Run {run} names no {Model.FileName} among its artifacts.");
        string file = Path.Combine(data, artifact.Key);
        string sha256 = Digest.Of(Shared.ReadBytes(file));
        return sha256 == artifact.Sha256
            ? file
            : throw new SpecException($"{file} has the digest {sha256} instead of {artifact.Sha256}; restore it.");
    }

    /// <summary>What the model says of its cohort's pixels, or the cohort in the data folder, or the options.</summary>
    private static TrainedPixels ScaleOf(Model model, string source, string data, double? spacing, int? size)
    {
        TrainedPixels? known = model.Pixels is { } stated
            ? new(stated.Millimetres, stated.Size, model.SliceMillimetres ?? OfCohort(model, data)?.SliceMillimetres ?? UsualDistance)
            : OfCohort(model, data);
        if (known is { } own && ((spacing is { } given && given != own.Millimetres) || (size is { } pixels && pixels != own.Size)))
        {
            throw new SpecException(
                $"{source} was trained on slices of {own.Size} pixels of {own.Millimetres.ToString(CultureInfo.InvariantCulture)} mm, which "
                    + "--spacing and --size contradict; leave them out.");
        }

        return known ?? (spacing is { } pixel
            ? new TrainedPixels(pixel, size ?? model.CropSize, model.SliceMillimetres ?? UsualDistance)
            : throw new SpecException($"{source} does not say how large the pixels of its cohort are, and {data} does not hold the cohort; give "
                + "--spacing MM, and --size N where its slices were larger than the crop."));
    }

    private static TrainedPixels? OfCohort(Model model, string data)
    {
        if (model.Metadata.GetValueOrDefault("cohort") is not { } digest || !Digest.IsSha256(digest))
        {
            return null;
        }

        string path = Path.Combine(data, ArtifactKeys.CohortManifest(digest).Value);
        return File.Exists(path) && ManifestRules.Read(File.ReadAllBytes(path), path) is var manifest
            ? new TrainedPixels(manifest.PixelMillimetres, manifest.Size, manifest.SliceDistance)
            : null;
    }
}

/// <summary>The voxels of the cohort that a model was trained on.</summary>
/// <param name="Millimetres">Side of a pixel.</param>
/// <param name="Size">Pixels of a slice.</param>
/// <param name="SliceMillimetres">From slice to slice.</param>
internal sealed record TrainedPixels(double Millimetres, int Size, double SliceMillimetres)
{
    public ImportSettings Settings => new() { Spacing = Millimetres, Size = Size };
}
