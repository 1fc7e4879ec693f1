using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace AdvSeg.Storage.Cohorts;

/// <summary>A file's bytes as memory that the system reads from the disk and takes back: a large file costs no memory of the process.</summary>
public sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;
    private readonly int _length;

    /// <param name="path">A file that no other program changes: one that is cut short while it is read ends this process.</param>
    /// <exception cref="IOException">It cannot be read, or is larger than 2 GiB.</exception>
    public MappedFile(string path)
    {
        long length = new FileInfo(path).Length;
        _length = length <= int.MaxValue ? (int)length : throw new IOException($"{path} has {length} bytes; at most {int.MaxValue} can be read.");
        if (_length > 0)
        {
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        }
    }

    public override Span<byte> GetSpan() => new(_start, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && _view is not null)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file!.Dispose();
        }
    }
}
