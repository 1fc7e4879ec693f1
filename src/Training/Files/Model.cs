using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Rules;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Files;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;
using AdvSeg.Training.Networks;
using AdvSeg.Training.Scoring;

namespace AdvSeg.Training.Files;

/// <summary>
/// A trained S as a safetensors file that needs nothing beside it. Metadata: <c>run</c> (digest of the run spec), <c>step</c>,
/// <c>crop</c>, <c>segmentor</c> and <c>numerics</c> (canonical JSON), <c>scheme</c>, <c>seed</c>, <c>cohort</c>, <c>trainer</c>,
/// <c>pixelMillimetres</c>, <c>size</c> and <c>sliceMillimetres</c> (of the cohort's slices), and where they are not the paper's
/// <c>channels</c> and <c>classes</c>, each a JSON list of names.
/// A file of other origin needs <c>crop</c> and <c>segmentor</c> alone.
/// </summary>
public sealed class Model : IDisposable
{
    /// <summary>Of a completed run's model among its outputs.</summary>
    public const string FileName = "model.safetensors";

    private const int MostNamed = 3;

    private readonly Segmentor _segmentor;
    private readonly int _cropSize;

    private Model(Segmentor segmentor, int cropSize, IReadOnlyDictionary<string, string> metadata) =>
        (_segmentor, _cropSize, Metadata) = (segmentor, cropSize, metadata);

    /// <summary>Where the weights come from.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>What it reads and tells apart.</summary>
    public CohortLayout Layout => _segmentor.Layout;

    /// <summary>Height and width of what it sees of a slice, pixels.</summary>
    public int CropSize => _cropSize;

    /// <summary>Side of a pixel, mm, and pixels of a slice of the cohort that it was trained on; null where the file does not say.</summary>
    public (double Millimetres, int Size)? Pixels =>
        double.TryParse(Metadata.GetValueOrDefault("pixelMillimetres"), NumberStyles.Float, CultureInfo.InvariantCulture, out double side)
            && int.TryParse(Metadata.GetValueOrDefault("size"), out int size) ? (side, size) : null;

    /// <summary>From slice to slice of that cohort, mm; null likewise.</summary>
    public double? SliceMillimetres =>
        double.TryParse(Metadata.GetValueOrDefault("sliceMillimetres"), NumberStyles.Float, CultureInfo.InvariantCulture, out double distance)
            ? distance
            : null;

    internal Segmentor Segmentor => _segmentor;

    /// <exception cref="SpecException">Not a safetensors file of a segmentor, or its tensors are not those of the network it describes.</exception>
    public static Model Read(byte[] data, string source, Numerics numerics)
    {
        Safetensors file = Safetensors.Read(data, source);
        if (file.Metadata.GetValueOrDefault("segmentor") is not { } json || !int.TryParse(file.Metadata.GetValueOrDefault("crop"), out int crop))
        {
            throw new SpecException($"{source} does not say which segmentor it holds and at which crop; use a model.safetensors that AdvSeg "
                + "wrote, or add its metadata 'segmentor' and 'crop' (docs/reference.md).");
        }

        SegmentorSpec spec = CanonicalJson.Read<SegmentorSpec>(Encoding.UTF8.GetBytes(json), source);
        CheckNetwork(spec, crop, data.Length, source);
        var segmentor = new Segmentor(spec, crop, seed: 0, NativeSetup.Enter(numerics), LayoutOf(file, source));
        try
        {
            TensorData.Load(segmentor.Flat, WeightsOf(file, segmentor, source));
            return new Model(segmentor, crop, file.Metadata);
        }
        catch
        {
            segmentor.Dispose();
            throw;
        }
    }

    /// <summary>Which tumour of a cohort the model's crop cuts off, in a sentence; null: none.</summary>
    public string? WhatIsCut(Cohort cohort) => UncutLabels.Describe(cohort.Crop(_cropSize).Patients);

    /// <summary>Scores and labels of every patient of a cohort, at the model's crop size.</summary>
    /// <exception cref="SpecException">The cohort has other channels or classes, or the model gives NaN on it.</exception>
    public (IReadOnlyList<PatientScore> Scores, IReadOnlyList<LabelMap> Predictions) Score(Cohort cohort)
    {
        if (Metadata.ContainsKey("channels") || !cohort.Manifest.Layout.MayBeOfBefore)
        {
            // A file without channels may be older than their names, and trained on three of any names.
            LayoutRules.RequireEqual(
                Layout, cohort.Manifest.Layout, "The model", "the cohort", "import a cohort with the model's channels and classes, in its order.");
        }

        using var tensors = new CohortTensors(cohort.Crop(_cropSize).Patients, cohort.Spacing, _segmentor.Flat.device, Layout);
        try
        {
            return Evaluator.Score(_segmentor, tensors, tensors.Patients);
        }
        catch (TrainingException e)
        {
            throw new SpecException($"The model cannot be scored on this cohort: {e.Message}", e);
        }
    }

    /// <summary>Softmax probabilities of every slice of a patient, by class: slices x crop x crop of the central square.</summary>
    /// <exception cref="SpecException">The slices are smaller than the crop, or an output is NaN or infinite.</exception>
    public IReadOnlyList<float[]> Probabilities(CohortVolume patient)
    {
        using var tensors = new CohortTensors([patient.Crop(_cropSize)], spacing: default, _segmentor.Flat.device, Layout);
        try
        {
            return Evaluator.Probabilities(_segmentor, tensors, patient.Patient);
        }
        catch (TrainingException e)
        {
            throw new SpecException($"The model cannot segment this study: {e.Message}", e);
        }
    }

    public void Dispose() => _segmentor.Dispose();

    /// <summary>The file of a network; its cohort's pixels, the size of slices and their distance where they are known.</summary>
    internal static byte[] Write(RunSpec spec, int step, Segmentor segmentor, (double Millimetres, int Size, double Distance)? pixels = null)
    {
        byte[] flat = TensorData.ToBytes(segmentor.Flat);
        Dictionary<string, string> metadata = new()
        {
            ["run"] = spec.Id().Value,
            ["step"] = step.ToString(),
            ["crop"] = spec.Protocol.CropSize.ToString(),
            ["segmentor"] = Json(spec.Segmentor),
            ["scheme"] = spec.Scheme.Kind,
            ["seed"] = spec.Seed.ToString(),
            ["cohort"] = spec.CohortDigest,
            ["trainer"] = $"{spec.Trainer} revision {spec.TrainerRevision}",
            ["numerics"] = Json(spec.Numerics),
        };
        if (pixels is { } known)
        {
            metadata["pixelMillimetres"] = known.Millimetres.ToString("R", CultureInfo.InvariantCulture);
            metadata["size"] = known.Size.ToString(CultureInfo.InvariantCulture);
            metadata["sliceMillimetres"] = known.Distance.ToString("R", CultureInfo.InvariantCulture);
        }

        if (!segmentor.Layout.Equals(CohortLayout.Paper))
        {
            // A file without them means the paper's: its bytes are those that every version wrote.
            (metadata["channels"], metadata["classes"]) = (Json(segmentor.Layout.Channels), Json(segmentor.Layout.Classes));
        }

        return Safetensors.Write(
            metadata,
            [.. segmentor.Parameters.Select(p => Source(p, flat, segmentor.OffsetOf(p)))]);
    }

    private static string Json<T>(T value) => Encoding.UTF8.GetString(CanonicalJson.Write(value));

    private static CohortLayout LayoutOf(Safetensors file, string source)
    {
        IReadOnlyList<string> Names(string key, IReadOnlyList<string> otherwise) => file.Metadata.GetValueOrDefault(key) is { } json
            ? CanonicalJson.Read<IReadOnlyList<string>>(Encoding.UTF8.GetBytes(json), $"Metadata '{key}' of {source}")
            : otherwise;
        return LayoutRules.Checked(
            new(Names("channels", CohortLayout.Paper.Channels), Names("classes", CohortLayout.Paper.Classes)), source);
    }

    private static TensorSource Source(Parameter parameter, byte[] flat, long offset) =>
        new(parameter.Name, parameter.Shape, target => flat.AsSpan((int)offset * sizeof(float), target.Length).CopyTo(target));

    /// <summary>A number that was misread must not become an allocation: the largest filter alone has to fit into the file.</summary>
    private static void CheckNetwork(SegmentorSpec spec, int crop, int bytes, string source)
    {
        try
        {
            NetworkRules.Check(spec, crop);
        }
        catch (SpecException e)
        {
            throw new SpecException($"{source}: {e.Message} Its metadata 'segmentor' and 'crop' must be those of its tensors.", e);
        }

        long channels = spec.Channels(spec.Levels - 1);
        if (sizeof(float) * channels * (channels / 2) * 9 > bytes)
        {
            throw new SpecException(
                $"{source} has {bytes} bytes and describes a segmentor of width {spec.Width} and {spec.Levels} levels, which they cannot hold; "
                    + "its metadata 'segmentor' must be that of its tensors.");
        }
    }

    /// <summary>The segmentor's parameters by name, one after another as its storage lays them.</summary>
    private static byte[] WeightsOf(Safetensors file, Segmentor segmentor, string source)
    {
        Dictionary<string, StoredTensor> stored = file.Tensors.ToDictionary(t => t.Name);
        string[] wrong =
        [
            .. segmentor.Parameters.Where(p => !stored.ContainsKey(p.Name)).Select(p => $"it lacks {Describe(p.Name, p.Shape)}"),
            .. file.Tensors.ExceptBy(segmentor.Parameters.Select(p => p.Name), t => t.Name).Select(
                t => $"the segmentor has no {Describe(t.Name, t.Shape)}"),
            .. segmentor.Parameters.Where(p => stored.TryGetValue(p.Name, out StoredTensor? t) && !t.Shape.SequenceEqual(p.Shape))
                .Select(p => $"it holds {Describe(p.Name, stored[p.Name].Shape)} instead of [{string.Join(", ", p.Shape)}]"),
        ];
        if (wrong.Length == 0)
        {
            RefuseNotFinite(file, source);
            return [.. segmentor.Parameters.SelectMany(p => file.Values(stored[p.Name]).ToArray())];
        }

        string more = wrong.Length > MostNamed ? $"; and {wrong.Length - MostNamed} more" : "";
        throw new SpecException(
            $"{source} does not hold the segmentor that it describes: {string.Join("; ", wrong.Take(MostNamed))}{more}. "
                + "Use a model.safetensors that AdvSeg wrote, or give its tensors those names and shapes.");
    }

    /// <summary>Refuses weights that are NaN or infinite: such a network gives every pixel one class, and its scores would pass for scores.</summary>
    private static void RefuseNotFinite(Safetensors file, string source)
    {
        foreach (StoredTensor tensor in file.Tensors)
        {
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(file.Values(tensor).Span);
            for (int at = 0; at < values.Length; at++)
            {
                if (!float.IsFinite(values[at]))
                {
                    throw new SpecException(
                        $"{source} holds the value {values[at]} in {Describe(tensor.Name, tensor.Shape)}, at {at} of {values.Length}: the training "
                            + "diverged or the file is damaged. Use the weights of another step, or copy the file again.");
                }
            }
        }
    }

    private static string Describe(string name, IEnumerable<long> shape) => $"{name} [{string.Join(", ", shape)}]";
}
