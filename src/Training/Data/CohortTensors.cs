using System.Buffers;
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
/// A cropped cohort, slices of a patient side by side: as two tensors, or where they would be too large in its files. Read only: parallel runs
/// share it.
/// </summary>
internal sealed class CohortTensors : IDisposable
{
    private readonly Dictionary<string, PatientSlices> _patients = new(StringComparer.Ordinal);

    /// <summary>What a crop cuts off: tumour pixels by slice; of a cohort in memory also the labels before it.</summary>
    private readonly Dictionary<int, int> _cutOff = [];
    private readonly Dictionary<string, UncutLabels> _uncut = new(StringComparer.Ordinal);
    private readonly List<CutTumour> _cut = [];
    private readonly StoredSlices? _stored;
    private readonly Tensor? _images;
    private readonly Tensor? _labels;
    private readonly byte[] _expertLabels = [];
    private readonly int _allSlices;
    private int _slices;

    /// <param name="patients">After the crop.</param>
    /// <param name="spacing">Of every patient.</param>
    /// <param name="device">Where the tensors lie.</param>
    /// <param name="layout">Channels and classes; null: the paper's, as in the canary.</param>
    public CohortTensors(IReadOnlyList<CohortVolume> patients, VoxelSpacing spacing, Device device, CohortLayout? layout = null)
        : this(patients.Sum(patient => patient.Slices), patients[0].Size, spacing, device, layout ?? CohortLayout.Paper, isStored: false)
    {
        DisposeUnless(() =>
        {
            foreach (CohortVolume volume in patients)
            {
                Add(volume);
            }
        });
        WhatIsCut = CutTumour.Describe(Size, _cut);
    }

    /// <summary>A cohort folder, of which every file is read once and verified; one patient at a time is in memory besides.</summary>
    /// <param name="folder">The cohort's.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="crop">Side of the central square, pixels.</param>
    /// <param name="device">Where it is trained on.</param>
    /// <param name="limit">Bytes for tensors; of a larger cohort this much is in memory, the rest is read when it is needed.</param>
    /// <param name="reads">Reads the files.</param>
    /// <param name="goOn">Called before each patient, and may throw; null: nobody asks.</param>
    /// <exception cref="SpecException">A file is not the one that the manifest describes, or the crop is larger than the slices.</exception>
    /// <exception cref="TrainingException">A file cannot be read.</exception>
    public CohortTensors(
        string folder, CohortManifest manifest, int crop, Device device, long limit, FileReads reads, Action? goOn = null)
        : this(
            manifest.Patients.Sum(patient => patient.Slices),
            Checked(crop, manifest.Size),
            new VoxelSpacing(manifest.SliceDistance, manifest.PixelMillimetres),
            device,
            manifest.Layout,
            isStored: BytesOf(manifest, crop) > limit || (long)manifest.Patients.Sum(patient => patient.Slices) * crop * crop > Array.MaxLength)
    {
        UncutSize = manifest.Size;
        DisposeUnless(() =>
        {
            foreach (CohortPatient patient in manifest.Patients)
            {
                goOn?.Invoke();
                Add(reads.Of(StoredSlices.FileOf(patient), () => CohortFolder.ReadPatient(folder, manifest, patient)).Crop(crop));
            }
        });
        WhatIsCut = CutTumour.Describe(Size, _cut);
        if (_images is null)
        {
            _stored = new StoredSlices(new CohortSlices(folder, manifest, crop), manifest.Patients, Layout.Channels.Count, crop, limit, reads);
        }
    }

    private CohortTensors(int slices, int size, VoxelSpacing spacing, Device device, CohortLayout layout, bool isStored)
    {
        (Size, Spacing, Device, Layout) = (size, spacing, device, layout);
        _allSlices = slices;
        if (isStored)
        {
            return;
        }

        try
        {
            _images = empty([slices, Layout.Channels.Count, size, size], float32, device).DetachFromDisposeScope();
            _labels = empty([slices, 1, size, size], uint8, device).DetachFromDisposeScope();
            _expertLabels = new byte[(long)slices * size * size];
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public CohortLayout Layout { get; }

    public int Size { get; }

    /// <summary>Height and width of a slice before the crop, pixels.</summary>
    public int UncutSize { get; init; }

    public Device Device { get; }

    /// <summary>What all slices take as tensors, with the labels for scoring, also those of patients whose tumour the crop cuts.</summary>
    public long Bytes => BytesOf(_allSlices, Layout, Size) + _uncut.Values.Sum(labels => (long)labels.Labels.Length);

    /// <summary>Slices are read from files when they are needed.</summary>
    public bool IsStored => _stored is not null;

    /// <summary>Which tumour the crop cuts off, in a sentence; null: none.</summary>
    public string? WhatIsCut { get; }

    /// <summary>The same, patient by patient.</summary>
    public IReadOnlyList<CutTumour> Cut => _cut;

    public VoxelSpacing Spacing { get; }

    /// <summary>N x channels x H x W float32, of a cohort in memory.</summary>
    public Tensor Images => _images ?? throw new InvalidOperationException("The slices of this cohort are in files.");

    /// <summary>N x 1 x H x W uint8, likewise.</summary>
    public Tensor Labels => _labels ?? throw new InvalidOperationException("The slices of this cohort are in files.");

    public IEnumerable<string> Patients => _patients.Keys;

    /// <exception cref="TrainingException">The cohort has no such patient.</exception>
    public PatientSlices this[string patient] => _patients.TryGetValue(patient, out PatientSlices? slices)
        ? slices
        : throw new TrainingException(
            FailureClass.Data, $"The cohort has no patient '{patient}', which the run names; submit the sweep with its own cohort.");

    /// <summary>Images of slices, B x channels x H x W on the device.</summary>
    public Tensor ImagesOf(long[] slices) => _stored is null
        ? Images.index_select(0, tensor(slices, device: Device))
        : Read(slices).Images;

    /// <summary>Slices out of files: images, B x channels x H x W float32, and labels, B x 1 x H x W uint8, on the device.</summary>
    public (Tensor Images, Tensor Labels) Read(long[] slices)
    {
        int pixels = Size * Size;
        int values = Layout.Channels.Count * pixels;
        float[] images = ArrayPool<float>.Shared.Rent(slices.Length * values);
        byte[] labels = ArrayPool<byte>.Shared.Rent(slices.Length * pixels);
        try
        {
            for (int i = 0; i < slices.Length; i++)
            {
                _stored!.Copy((int)slices[i], images.AsMemory(i * values, values), labels.AsMemory(i * pixels, pixels));
            }

            return (
                TensorData.FromFloats(images.AsSpan(0, slices.Length * values), [slices.Length, Layout.Channels.Count, Size, Size], Device),
                TensorData.FromBytes(labels.AsSpan(0, slices.Length * pixels), [slices.Length, 1, Size, Size], uint8, Device));
        }
        finally
        {
            ArrayPool<float>.Shared.Return(images);
            ArrayPool<byte>.Shared.Return(labels);
        }
    }

    /// <summary>Brings slices of files into memory that are wanted soon.</summary>
    /// <param name="slices">Their numbers.</param>
    /// <param name="stop">They are not wanted any more.</param>
    public void Load(long[] slices, CancellationToken stop) => _stored?.Load(slices, stop);

    /// <summary>Changes how many bytes of slices of files may be in memory.</summary>
    public void Widen(long limit) => _stored?.Resize(limit);

    /// <summary>When the last who uses it is gone.</summary>
    public void Dispose()
    {
        _images?.Dispose();
        _labels?.Dispose();
        _stored?.Resize(0);
    }

    /// <summary>The expert's labels of a patient, slices x H x W.</summary>
    public ReadOnlyMemory<byte> ExpertOf(PatientSlices patient)
    {
        int pixels = Size * Size;
        if (_stored is null)
        {
            return _expertLabels.AsMemory(patient.First * pixels, patient.Count * pixels);
        }

        var labels = new byte[patient.Count * pixels];
        for (int slice = 0; slice < patient.Count; slice++)
        {
            _stored.Labels(patient.First + slice).CopyTo(labels, slice * pixels);
        }

        return labels;
    }

    /// <summary>What S and the expert say of a patient; of the slices before the crop where it cuts tumour off.</summary>
    /// <param name="patient">A patient of this cohort.</param>
    /// <param name="predicted">S's labels of the patient's slices, slices x H x W.</param>
    public PatientLabels LabelsOf(PatientSlices patient, byte[] predicted)
    {
        PatientLabels labels = UncutOf(patient) is { } uncut
            ? new(uncut.Place(predicted, Size), uncut.Labels, patient.Count, uncut.Size, Spacing)
            : new(predicted, ExpertOf(patient), patient.Count, Size, Spacing);
        return labels with { Zones = ZoneValues.Of(Layout), TellsGland = Layout.TellsGland };
    }

    /// <summary>Tumour pixels of a slice that the crop cuts off.</summary>
    public int TumourCutOff(int slice) => _cutOff.GetValueOrDefault(slice);

    public ReadOnlySpan<byte> SliceLabels(int slice) =>
        _stored is null ? _expertLabels.AsSpan(slice * Size * Size, Size * Size) : _stored.Labels(slice);

    /// <summary>
    /// What a cohort's slices take at most as tensors, with the labels for scoring: also those before the crop, because it is not known yet of
    /// which patients it cuts tumour.
    /// </summary>
    public static long BytesOf(CohortManifest manifest, int crop)
    {
        long slices = manifest.Patients.Sum(patient => (long)patient.Slices);
        return BytesOf(slices, manifest.Layout, crop) + (crop < manifest.Size ? slices * manifest.Size * manifest.Size : 0);
    }

    /// <summary>Before anything of that size is allocated.</summary>
    private static int Checked(int crop, int size) => crop >= 1 && crop <= size
        ? crop
        : throw new SpecException($"Cannot crop slices of {size} pixels to {crop}; ask for 1 to {size}.");

    private static long BytesOf(long slices, CohortLayout layout, int size) =>
        slices * size * size * ((layout.Channels.Count * sizeof(float)) + 2);

    /// <summary>For constructors: disposes of what was made when one throws, because its caller gets nothing that it could dispose of.</summary>
    private void DisposeUnless(Action succeeds)
    {
        try
        {
            succeeds();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private UncutLabels? UncutOf(PatientSlices patient) =>
        !Enumerable.Range(patient.First, patient.Count).Any(_cutOff.ContainsKey) ? null
        : _stored is null ? _uncut[patient.Patient]
        : new UncutLabels(UncutSize, _stored.UncutLabels(patient.First));

    private void Add(CohortVolume volume)
    {
        int first = _slices;
        _slices += volume.Slices;
        var at = new PatientSlices(volume.Patient, volume.Positive, first, volume.Slices);
        _patients.Add(volume.Patient, at);
        if (volume.Uncut is { } uncut)
        {
            _cut.Add(CutTumour.Of(volume)!);
            for (int slice = 0; slice < volume.Slices; slice++)
            {
                int cutOff = uncut.TumourOf(slice) - volume.SliceLabels(slice).Count((byte)LabelClass.Tumour);
                if (cutOff > 0)
                {
                    _cutOff.Add(first + slice, cutOff);
                }
            }
        }

        if (_images is null)
        {
            return;
        }

        if (volume.Uncut is { } kept)
        {
            _uncut.Add(volume.Patient, kept);
        }

        using var scope = NewDisposeScope();
        Images.narrow(0, first, at.Count).copy_(TensorData.FromFloats(volume.Images, [at.Count, Layout.Channels.Count, Size, Size], CPU));
        Labels.narrow(0, first, at.Count).copy_(TensorData.FromBytes(volume.Labels, [at.Count, 1, Size, Size], uint8, CPU));
        volume.Labels.CopyTo(_expertLabels, (long)first * Size * Size);
    }
}
