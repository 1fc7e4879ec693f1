using System.Text;
using AdvSeg.Core;
using AdvSeg.Imaging;

namespace AdvSeg.Training;

/// <summary>
/// A trained S as a safetensors file that needs nothing beside it. Metadata: <c>run</c> (digest of the run spec), <c>step</c>,
/// <c>crop</c>, <c>segmentor</c> and <c>numerics</c> (canonical JSON), <c>scheme</c>, <c>seed</c>, <c>cohort</c> and <c>trainer</c>.
/// </summary>
public sealed class Model : IDisposable
{
    private readonly Segmentor _segmentor;
    private readonly int _cropSize;

    private Model(Segmentor segmentor, int cropSize, IReadOnlyDictionary<string, string> metadata) =>
        (_segmentor, _cropSize, Metadata) = (segmentor, cropSize, metadata);

    /// <summary>Where the weights come from.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    internal Segmentor Segmentor => _segmentor;

    /// <exception cref="SpecException">Not a safetensors file of a segmentor, or its tensors are not those of the network it describes.</exception>
    public static Model Read(byte[] data, string source, Numerics numerics)
    {
        Safetensors file = Safetensors.Read(data, source);
        if (!file.Metadata.TryGetValue("segmentor", out string? json) || !int.TryParse(file.Metadata.GetValueOrDefault("crop"), out int crop))
        {
            throw new SpecException($"{source} does not say which segmentor it holds and at which crop; use a model.safetensors that AdvSeg wrote.");
        }

        SegmentorSpec spec = CanonicalJson.Read<SegmentorSpec>(Encoding.UTF8.GetBytes(json), source);
        var segmentor = new Segmentor(spec, crop, seed: 0, NativeSetup.Enter(numerics));
        try
        {
            CheckTensors(file, segmentor, source);
            TensorData.Load(segmentor.Flat, file.Body.ToArray());
            return new Model(segmentor, crop, file.Metadata);
        }
        catch
        {
            segmentor.Dispose();
            throw;
        }
    }

    /// <summary>Labels every patient of a cohort at the model's crop size.</summary>
    public IReadOnlyList<LabelMap> Predict(Cohort cohort)
    {
        var tensors = new CohortTensors(cohort.Crop(_cropSize).Patients, _segmentor.Flat.device);
        using (tensors.Images)
        using (tensors.Labels)
        {
            return Evaluator.Score(_segmentor, tensors, tensors.Patients).Predictions;
        }
    }

    public void Dispose() => _segmentor.Dispose();

    internal static byte[] Write(RunSpec spec, int step, Segmentor segmentor) =>
        Safetensors.Write(
            new Dictionary<string, string>
            {
                ["run"] = RunId.Of(spec).Value,
                ["step"] = step.ToString(),
                ["crop"] = spec.Protocol.CropSize.ToString(),
                ["segmentor"] = Encoding.UTF8.GetString(CanonicalJson.Write(spec.Segmentor)),
                ["scheme"] = spec.Scheme.Kind,
                ["seed"] = spec.Seed.ToString(),
                ["cohort"] = spec.CohortDigest,
                ["trainer"] = $"{spec.Trainer} revision {spec.TrainerRevision}",
                ["numerics"] = Encoding.UTF8.GetString(CanonicalJson.Write(spec.Numerics)),
            },
            segmentor.Parameters,
            TensorData.ToBytes(segmentor.Flat));

    private static void CheckTensors(Safetensors file, Segmentor segmentor, string source)
    {
        if (file.Tensors.Count != segmentor.Parameters.Count)
        {
            throw new SpecException($"{source} holds {file.Tensors.Count} tensors; the segmentor it describes has {segmentor.Parameters.Count}. Use a model.safetensors that AdvSeg wrote.");
        }

        foreach ((StoredTensor stored, Parameter parameter) in file.Tensors.Zip(segmentor.Parameters))
        {
            if (stored.Name != parameter.Name || !stored.Shape.SequenceEqual(parameter.Shape))
            {
                throw new SpecException(
                    $"{source} holds {stored.Name} [{string.Join(", ", stored.Shape)}] where the segmentor it describes has "
                    + $"{parameter.Name} [{string.Join(", ", parameter.Shape)}]; use a model.safetensors that AdvSeg wrote.");
            }
        }
    }
}
