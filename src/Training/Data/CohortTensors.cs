using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Metrics;
using AdvSeg.Core.Runs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Training.Native;

using static TorchSharp.torch;

namespace AdvSeg.Training.Data;

/// <summary>Where a patient's slices lie in <see cref="CohortTensors"/>.</summary>
internal sealed record PatientSlices(string Patient, bool Positive, int First, int Count);

/// <summary>
/// A cropped cohort as two tensors, slices of a patient side by side. Read only: parallel runs share it.
/// </summary>
internal sealed class CohortTensors
{
    private readonly Dictionary<string, PatientSlices> _patients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, UncutLabels> _uncut = new(StringComparer.Ordinal);

    /// <param name="patients">After the crop.</param>
    /// <param name="spacing">Of every patient.</param>
    /// <param name="device">Where the tensors lie.</param>
    /// <param name="layout">Channels and classes; null: the paper's.</param>
    public CohortTensors(IReadOnlyList<CohortVolume> patients, VoxelSpacing spacing, Device device, CohortLayout? layout = null)
    {
        Layout = layout ?? CohortLayout.Paper;
        int channels = Layout.Channels.Count;
        Spacing = spacing;
        Size = patients[0].Size;
        int slices = 0;
        foreach (CohortVolume volume in patients)
        {
            _patients.Add(volume.Patient, new PatientSlices(volume.Patient, volume.Positive, slices, volume.Slices));
            slices += volume.Slices;
            if (volume.Uncut is { } uncut)
            {
                _uncut.Add(volume.Patient, uncut);
            }
        }

        WhatIsCut = UncutLabels.Describe(patients);

        Images = empty([slices, channels, Size, Size], float32, device).DetachFromDisposeScope();
        Labels = empty([slices, 1, Size, Size], uint8, device).DetachFromDisposeScope();
        ExpertLabels = new byte[(long)slices * Size * Size];
        using var scope = NewDisposeScope();
        foreach (CohortVolume volume in patients)
        {
            PatientSlices at = _patients[volume.Patient];
            Images.narrow(0, at.First, at.Count).copy_(TensorData.FromFloats(volume.Images, [at.Count, channels, Size, Size], CPU));
            Labels.narrow(0, at.First, at.Count).copy_(TensorData.FromBytes(volume.Labels, [at.Count, 1, Size, Size], uint8, CPU));
            volume.Labels.CopyTo(ExpertLabels, (long)at.First * Size * Size);
        }
    }

    public CohortLayout Layout { get; }

    public int Size { get; }

    /// <summary>Height and width of a slice before the crop, pixels.</summary>
    public int UncutSize { get; init; }

    /// <summary>Which tumour the crop cuts off, in a sentence; null: none.</summary>
    public string? WhatIsCut { get; }

    public VoxelSpacing Spacing { get; }

    /// <summary>N x channels x H x W float32.</summary>
    public Tensor Images { get; }

    /// <summary>N x 1 x H x W uint8.</summary>
    public Tensor Labels { get; }

    /// <summary>The same labels for scoring, N x H x W.</summary>
    public byte[] ExpertLabels { get; }

    public IEnumerable<string> Patients => _patients.Keys;

    /// <exception cref="TrainingException">The cohort has no such patient.</exception>
    public PatientSlices this[string patient] => _patients.TryGetValue(patient, out PatientSlices? slices)
        ? slices
        : throw new TrainingException(
            FailureClass.Data, $"The cohort has no patient '{patient}', which the run names; submit the sweep with its own cohort.");

    /// <summary>The expert's labels of a patient, slices x H x W.</summary>
    public ReadOnlyMemory<byte> ExpertOf(PatientSlices patient) => ExpertLabels.AsMemory(patient.First * Size * Size, patient.Count * Size * Size);

    /// <summary>What S and the expert say of a patient; of the slices before the crop where it cuts tumour off.</summary>
    /// <param name="patient">A patient of this cohort.</param>
    /// <param name="predicted">S's labels of the patient's slices, slices x H x W.</param>
    public PatientLabels LabelsOf(PatientSlices patient, byte[] predicted)
    {
        PatientLabels labels = _uncut.TryGetValue(patient.Patient, out UncutLabels? uncut)
            ? new(uncut.Place(predicted, Size), uncut.Labels, patient.Count, uncut.Size, Spacing)
            : new(predicted, ExpertOf(patient), patient.Count, Size, Spacing);
        return labels with { Zones = ZoneValues.Of(Layout), TellsGland = Layout.TellsGland };
    }

    /// <summary>Tumour pixels of a patient's slice, 0 the first, that the crop cuts off.</summary>
    public int TumourCutOff(PatientSlices patient, int slice) => _uncut.TryGetValue(patient.Patient, out UncutLabels? uncut)
        ? uncut.TumourOf(slice) - SliceLabels(patient.First + slice).Count((byte)LabelClass.Tumour)
        : 0;

    public ReadOnlySpan<byte> SliceLabels(int slice) => ExpertLabels.AsSpan(slice * Size * Size, Size * Size);
}

/// <summary>The cohorts this process has in memory, so that parallel runs do not load their own. The oldest leaves first.</summary>
internal static class SliceCache
{
    private const int Capacity = 4;
    private static readonly Lock Gate = new();
    private static readonly List<(string Digest, int Size, string Device, CohortTensors Tensors)> Loaded = [];

    public static CohortTensors Get(string digest, int cropSize, Device device, Func<string, string> folderOf)
    {
        lock (Gate)
        {
            int index = Loaded.FindIndex(entry => entry.Digest == digest && entry.Size == cropSize && entry.Device == device.ToString());
            if (index >= 0)
            {
                return Loaded[index].Tensors;
            }

            CohortTensors tensors = Load(folderOf(digest), digest, cropSize, device);
            if (Loaded.Count == Capacity)
            {
                // A run may still use it: its tensors go when the last reference does.
                Loaded.RemoveAt(0);
            }

            Loaded.Add((digest, cropSize, device.ToString(), tensors));
            return tensors;
        }
    }

    private static CohortTensors Load(string folder, string digest, int cropSize, Device device)
    {
        try
        {
            Cohort cohort = Cohort.Load(folder);
            return cohort.Digest == digest
                ? new CohortTensors(cohort.Crop(cropSize).Patients, cohort.Spacing, device, cohort.Manifest.Layout)
                {
                    UncutSize = cohort.Manifest.Size,
                }
                : throw new SpecException($"The folder {folder} holds the cohort {cohort.Digest} instead of {digest}; fetch it again.");
        }
        catch (SpecException e)
        {
            throw new TrainingException(FailureClass.Data, e.Message, e);
        }
    }
}
