using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Formats;

/// <summary>An open volume file: its header, and its voxels plane by plane, so that they need not fit in memory.</summary>
public sealed class VolumeReader : IDisposable
{
    private readonly Payload _payload;
    private readonly bool _isBigEndian;
    private readonly long _after;
    private int _planes;

    /// <param name="header">What the file says.</param>
    /// <param name="payload">At the first voxel.</param>
    /// <param name="isBigEndian">Of the stored numbers.</param>
    /// <param name="after">Bytes of further volumes that follow this one.</param>
    internal VolumeReader(VolumeHeader header, Payload payload, bool isBigEndian, long after = 0) =>
        (Header, _payload, _isBigEndian, _after) = (header, payload, isBigEndian, after);

    public VolumeHeader Header { get; }

    /// <summary>Reads the next plane of the last axis.</summary>
    /// <param name="plane">As many bytes as <see cref="VolumeHeader.PlaneBytes"/>: little-endian numbers of the element type.</param>
    /// <returns>False: there was none left.</returns>
    /// <exception cref="VolumeException">The file ends too early, is damaged, or holds more than its header says.</exception>
    public bool ReadPlane(Span<byte> plane)
    {
        if (_planes == Header.Geometry.Size.Z)
        {
            return false;
        }

        _payload.Read(plane);
        if (_isBigEndian)
        {
            Voxels.Swap(plane, Header.ElementType.Bytes());
        }

        if (++_planes == Header.Geometry.Size.Z)
        {
            _payload.Skip(_after);
            _payload.RequireEnd();
        }

        return true;
    }

    /// <summary>All planes.</summary>
    /// <inheritdoc cref="ReadPlane" path="/exception"/>
    public Volume ReadAll()
    {
        var stored = new byte[Header.Bytes];
        int plane = (int)Header.PlaneBytes;
        for (int start = 0; ReadPlane(stored.AsSpan(start, plane)); start += plane)
        {
            if (start + plane == stored.Length)
            {
                break;
            }
        }

        return new Volume(Header, stored);
    }

    public void Dispose() => _payload.Dispose();
}
