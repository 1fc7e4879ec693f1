using AdvSeg.Core.Cohorts;
using AdvSeg.Imaging.Cohorts;

namespace AdvSeg.Training.Data;

/// <summary>
/// A cohort's slices where they lie in its files, and as many of them in memory as a limit lets: those that were used last. Values are those of
/// the files, so whether a slice was in memory changes no bit. Parallel runs share it.
/// </summary>
internal sealed class StoredSlices
{
    private readonly CohortSlices _files;
    private readonly (CohortPatient Patient, int Slice)[] _slices;
    private readonly int _imageValues;
    private readonly int _pixels;
    private readonly int _capacity;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, LinkedListNode<Held>> _held = [];
    private readonly LinkedList<Held> _byUse = [];

    /// <param name="files">Reads one slice.</param>
    /// <param name="patients">In the order of the slices' numbers.</param>
    /// <param name="channels">Images of a slice.</param>
    /// <param name="size">Height and width of a slice, pixels.</param>
    /// <param name="limit">Bytes of slices in memory.</param>
    public StoredSlices(CohortSlices files, IEnumerable<CohortPatient> patients, int channels, int size, long limit)
    {
        _files = files;
        _slices = [.. patients.SelectMany(patient => Enumerable.Range(0, patient.Slices).Select(slice => (patient, slice)))];
        (_pixels, _imageValues) = (size * size, channels * size * size);
        _capacity = (int)Math.Clamp(limit / ((_imageValues * sizeof(float)) + _pixels), 1, _slices.Length);
    }

    /// <summary>Slices in memory.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _held.Count;
            }
        }
    }

    /// <summary>One slice: images, channels x H x W, and labels, H x W.</summary>
    public void Copy(int slice, Span<float> images, Span<byte> labels)
    {
        lock (_lock)
        {
            if (Find(slice) is { } known)
            {
                known.Images.CopyTo(images);
                known.Labels.CopyTo(labels);
                return;
            }
        }

        Held read = Read(slice);
        read.Images.CopyTo(images);
        read.Labels.CopyTo(labels);
        Keep(read);
    }

    /// <summary>Brings slices into memory that are wanted soon.</summary>
    public void Load(ReadOnlySpan<long> slices)
    {
        foreach (long slice in slices)
        {
            bool isHeld;
            lock (_lock)
            {
                isHeld = Find((int)slice) is not null;
            }

            if (!isHeld)
            {
                Keep(Read((int)slice));
            }
        }
    }

    /// <summary>The labels of one slice, which are not kept.</summary>
    public byte[] Labels(int slice)
    {
        var labels = new byte[_pixels];
        _files.ReadLabels(_slices[slice].Patient, _slices[slice].Slice, labels);
        return labels;
    }

    /// <summary>The labels of a slice's patient before any crop.</summary>
    public byte[] UncutLabels(int slice) => _files.ReadUncutLabels(_slices[slice].Patient);

    private Held? Find(int slice)
    {
        if (!_held.TryGetValue(slice, out LinkedListNode<Held>? node))
        {
            return null;
        }

        _byUse.Remove(node);
        _byUse.AddFirst(node);
        return node.Value;
    }

    private Held Read(int slice)
    {
        Held held = Spare() ?? new Held(new float[_imageValues], new byte[_pixels]);
        (CohortPatient patient, int number) = _slices[slice];
        _files.Read(patient, number, held.Images, held.Labels);
        held.Slice = slice;
        return held;
    }

    /// <summary>The arrays of the slice that was used longest ago, when there is no room for more.</summary>
    private Held? Spare()
    {
        lock (_lock)
        {
            if (_held.Count < _capacity)
            {
                return null;
            }

            Held last = _byUse.Last!.Value;
            _byUse.RemoveLast();
            _held.Remove(last.Slice);
            return last;
        }
    }

    private void Keep(Held read)
    {
        lock (_lock)
        {
            if (_held.Count < _capacity && !_held.ContainsKey(read.Slice))
            {
                _held.Add(read.Slice, _byUse.AddFirst(read));
            }
        }
    }

    private sealed class Held(float[] images, byte[] labels)
    {
        public float[] Images { get; } = images;

        public byte[] Labels { get; } = labels;

        public int Slice { get; set; }
    }
}
