namespace AdvSeg.Core.Draws;

/// <summary>
/// The purposes for which random numbers are drawn. A purpose is part of the counter, so draws for one purpose never shift those for
/// another. The numbers are part of every result: add, never renumber.
/// </summary>
public enum DrawPurpose
{
    Split = 1,
    Subset = 2,
    SegmentorWeights = 3,
    DiscriminatorWeights = 4,
    SegmentorBatch = 5,
    DiscriminatorBatch = 6,
    Bootstrap = 7,
    Phantom = 8,
    LabelNoise = 9,
    TwoWayBootstrap = 10,
}

/// <summary>
/// Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3"
/// (SC'11). A draw is a pure function of (seed; purpose, step, index), so a resumed run draws what an undisturbed one does and no
/// generator state is ever saved.
/// </summary>
public static class Philox
{
    /// <summary>The raw block function: 128 counter bits and 64 key bits to 128 random bits.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c0;
            ulong p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>A sequence of draws for one purpose at one step.</summary>
    public static PhiloxSequence At(ulong seed, DrawPurpose purpose, uint step = 0, uint stream = 0) => new(seed, purpose, step, stream);
}

/// <summary>
/// Successive draws of one (seed, purpose, step, stream). A struct: copy it to replay it. Counter words: (index, stream, step, purpose).
/// </summary>
public struct PhiloxSequence
{
    private readonly ulong _seed;
    private readonly DrawPurpose _purpose;
    private readonly uint _step;
    private readonly uint _stream;
    private uint _index;
    private uint _left;
    private (uint X0, uint X1, uint X2, uint X3) _block;

    internal PhiloxSequence(ulong seed, DrawPurpose purpose, uint step, uint stream)
    {
        _seed = seed;
        _purpose = purpose;
        _step = step;
        _stream = stream;
    }

    /// <summary>32 random bits.</summary>
    public uint NextUInt32()
    {
        if (_left == 0)
        {
            _block = Philox.Block(_index++, _stream, _step, (uint)_purpose, (uint)_seed, (uint)(_seed >> 32));
            _left = 4;
        }

        return _left-- switch { 4 => _block.X0, 3 => _block.X1, 2 => _block.X2, _ => _block.X3 };
    }

    /// <summary>Uniform on [0, 1) with 53 random bits.</summary>
    public double NextDouble()
    {
        ulong high = NextUInt32();
        return ((high << 21) | (NextUInt32() >> 11)) * (1.0 / (1UL << 53));
    }

    /// <summary>Uniform on [0, 1) with 24 random bits, exact in single precision: what weights are made of.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1.0f / (1 << 24));

    /// <summary>Uniform on [low, high).</summary>
    public double Uniform(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>Uniform integer on [0, bound), without bias (Lemire 2019, rejection of the short interval).</summary>
    public int NextInt32(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        uint range = (uint)bound;
        ulong product = (ulong)NextUInt32() * range;
        if ((uint)product < range)
        {
            // The threshold is below the range, so that most draws are spared its division.
            uint threshold = (0u - range) % range;
            while ((uint)product < threshold)
            {
                product = (ulong)NextUInt32() * range;
            }
        }

        return (int)(product >> 32);
    }

    /// <summary>Normal with the given mean and standard deviation (Box and Muller 1958; one of the pair, so draws stay countable).</summary>
    public double Normal(double mean, double deviation)
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return mean + (deviation * radius * Math.Cos(2 * Math.PI * NextDouble()));
    }

    /// <summary>Poisson by multiplication (Knuth, TAOCP 2, 3.4.1); meant for small means.</summary>
    public int Poisson(double mean)
    {
        double limit = Math.Exp(-mean);
        int count = 0;
        for (double product = NextDouble(); product > limit; product *= NextDouble())
        {
            count++;
        }

        return count;
    }

    /// <summary>A uniform permutation in place (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt32(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
