using System.Text;

namespace AdvSeg.Imaging.Files;

/// <summary>NumPy's file of one array, version 1.0 (numpy.org, "numpy.lib.format"): what <c>numpy.load</c> reads.</summary>
public static class Npy
{
    private const int Alignment = 64;

    /// <summary>Labels as uint8 of slices x height x width.</summary>
    public static byte[] Write(LabelMap map)
    {
        string header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': ({map.Slices}, {map.Size}, {map.Size}), }}";
        const int Preamble = 10;
        int length = ((Preamble + header.Length + 1 + Alignment - 1) / Alignment * Alignment) - Preamble;
        byte[] text = Encoding.ASCII.GetBytes(header.PadRight(length - 1) + '\n');
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)(length & 0xff), (byte)(length >> 8), .. text, .. map.Labels];
    }
}
