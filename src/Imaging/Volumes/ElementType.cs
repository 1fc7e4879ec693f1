namespace AdvSeg.Imaging.Volumes;

/// <summary>What a voxel is stored as: unsigned and signed whole numbers, and floating point, with their bits.</summary>
public enum ElementType { U8, I8, U16, I16, U32, I32, I64, F32, F64 }

/// <summary>Sizes and names of <see cref="ElementType"/>.</summary>
public static class ElementTypes
{
    /// <summary>Bytes of one voxel.</summary>
    public static int Bytes(this ElementType type) => type switch
    {
        ElementType.U8 or ElementType.I8 => 1,
        ElementType.U16 or ElementType.I16 => 2,
        ElementType.U32 or ElementType.I32 or ElementType.F32 => 4,
        ElementType.I64 or ElementType.F64 => 8,
    };

    /// <summary>As NumPy calls it: <c>uint16</c>.</summary>
    public static string Name(this ElementType type) => type switch
    {
        ElementType.U8 => "uint8",
        ElementType.I8 => "int8",
        ElementType.U16 => "uint16",
        ElementType.I16 => "int16",
        ElementType.U32 => "uint32",
        ElementType.I32 => "int32",
        ElementType.I64 => "int64",
        ElementType.F32 => "float32",
        ElementType.F64 => "float64",
    };
}
