using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Runs;
using AdvSeg.Imaging.Cohorts;

namespace AdvSeg.Training.Data;

/// <summary>
/// A cohort's slices where they lie in its files, and as many of them in memory as a limit lets: those that were used last. Values are those of
/// the files, so whether a slice was in memory changes no bit. Parallel runs share it.
/// </summary>
internal sealed class StoredSlices
{
    private readonly CohortSlices _files;
    private readonly FileReads _reads;
    private readonly (CohortPatient Patient, int Slice)[] _slices;
    private readonly int _imageValues;
    private readonly int _pixels;
    private readonly Lock _lock = new();
    private readonly Dictionary<int, LinkedListNode<Held>> _held = [];
    private readonly LinkedList<Held> _byUse = [];
    private int _capacity;

    /// <summary>Slices that are being read, whose arrays are of the capacity too.</summary>
    private int _reading;

    /// <param name="files">Reads one slice.</param>
    /// <param name="patients">In the order of the slices' numbers.</param>
    /// <param name="channels">Images of a slice.</param>
    /// <param name="size">Height and width of a slice, pixels.</param>
    /// <param name="limit">Bytes of slices in memory.</param>
    /// <param name="reads">Reads again what failed.</param>
    public StoredSlices(CohortSlices files, IEnumerable<CohortPatient> patients, int channels, int size, long limit, FileReads reads)
    {
        (_files, _reads) = (files, reads);
        _slices = [.. patients.SelectMany(patient => Enumerable.Range(0, patient.Slices).Select(slice => (patient, slice)))];
        (_pixels, _imageValues) = (size * size, channels * size * size);
        Resize(limit);
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

    /// <summary>Changes how many bytes of slices may be in memory.</summary>
    public void Resize(long limit)
    {
        lock (_lock)
        {
            _capacity = (int)Math.Clamp(limit / ((_imageValues * sizeof(float)) + _pixels), 0, _slices.Length);
            while (_held.Count > _capacity)
            {
                RemoveLast();
            }
        }
    }

    /// <summary>One slice: images, channels x H x W, and labels, H x W.</summary>
    /// <exception cref="TrainingException">The file cannot be read.</exception>
    public void Copy(int slice, Memory<float> images, Memory<byte> labels)
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

        if (!Keep(slice, held => { held.Images.CopyTo(images); held.Labels.CopyTo(labels); }, CancellationToken.None))
        {
            Read(slice, images, labels, CancellationToken.None);
        }
    }

    /// <summary>Brings slices into memory that are wanted soon, as far as there is room.</summary>
    public void Load(ReadOnlySpan<long> slices, CancellationToken stop)
    {
        foreach (long slice in slices)
        {
            stop.ThrowIfCancellationRequested();
            bool isHeld;
            lock (_lock)
            {
                isHeld = Find((int)slice) is not null;
            }

            if (!isHeld)
            {
                Keep((int)slice, _ => { }, stop);
            }
        }
    }

    /// <summary>The labels of one slice, which are not kept.</summary>
    public byte[] Labels(int slice)
    {
        (CohortPatient patient, int number) = _slices[slice];
        return _reads.Of(FileOf(patient), () =>
        {
            var labels = new byte[_pixels];
            _files.ReadLabels(patient, number, labels);
            return labels;
        });
    }

    /// <summary>The labels of a slice's patient before any crop.</summary>
    public byte[] UncutLabels(int slice)
    {
        CohortPatient patient = _slices[slice].Patient;
        return _reads.Of(FileOf(patient), () => _files.ReadUncutLabels(patient));
    }

    /// <summary>What messages call a patient's file.</summary>
    internal static string FileOf(CohortPatient patient) => $"The file of patient {patient.Id}";

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

    private void Read(int slice, Memory<float> images, Memory<byte> labels, CancellationToken stop)
    {
        (CohortPatient patient, int number) = _slices[slice];
        _reads.Of(
            FileOf(patient),
            () =>
            {
                _files.Read(patient, number, images.Span, labels.Span);
                return true;
            },
            stop);
    }

    /// <summary>Reads a slice and keeps it, if there is room.</summary>
    private bool Keep(int slice, Action<Held> use, CancellationToken stop)
    {
        if (Spare() is not { } held)
        {
            return false;
        }

        bool isRead = false;
        try
        {
            Read(slice, held.Images, held.Labels, stop);
            held.Slice = slice;
            use(held);
            isRead = true;
        }
        finally
        {
            lock (_lock)
            {
                _reading--;
                if (isRead && _held.Count + _reading < _capacity && !_held.ContainsKey(slice))
                {
                    _held.Add(slice, _byUse.AddFirst(held));
                }
            }
        }

        return true;
    }

    /// <summary>Arrays for a slice to be read: new ones, or where there is no room those of the slice used longest ago. Null: none.</summary>
    private Held? Spare()
    {
        lock (_lock)
        {
            bool isFull = _held.Count + _reading >= _capacity;
            if (isFull && _held.Count == 0)
            {
                return null;
            }

            _reading++;
            return isFull ? RemoveLast() : new Held(new float[_imageValues], new byte[_pixels]);
        }
    }

    private Held RemoveLast()
    {
        Held last = _byUse.Last!.Value;
        _byUse.RemoveLast();
        _held.Remove(last.Slice);
        return last;
    }

    private sealed class Held(float[] images, byte[] labels)
    {
        public float[] Images { get; } = images;

        public byte[] Labels { get; } = labels;

        public int Slice { get; set; }
    }
}
