namespace AdvSeg.Imaging.Volumes;

/// <summary>
/// What a volume file may ask for. Some bytes of a header or of a compressed stream can ask for any amount of memory, so each is refused by
/// number before anything is allocated. The largest T2w series of the prostate (1024 x 1024 x 45 voxels of 32 bits) has a third of the voxels.
/// </summary>
public static class VolumeLimits
{
    /// <summary>Voxels of one volume: at most 1 GiB, whatever they are stored as and in double precision too.</summary>
    public const long MostVoxels = 1L << 27;

    /// <summary>Along one axis.</summary>
    public const int MostVoxelsOfAnAxis = 32767;

    /// <summary>The text of a MetaImage's header, bytes.</summary>
    public const int MostHeaderBytes = 64 << 10;

    /// <summary>What may lie between a NIfTI header and its voxels, such as extensions, bytes.</summary>
    public const long MostSkippedBytes = 64L << 20;

    /// <summary>Volumes in one NIfTI file.</summary>
    public const int MostVolumes = 1024;

    /// <summary>Deflate cannot shrink more: a shorter stream cannot hold what its header says, whatever is in it.</summary>
    public const long MostOfDeflate = 1032;
}
