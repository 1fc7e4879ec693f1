using AdvSeg.Core.Draws;
using CsCheck;

namespace AdvSeg.Core.Tests;

/// <summary>The known answers are Random123's (kat_vectors, philox4x32 10). Statistical bounds are quantiles at 0.001; draws are fixed.</summary>
public sealed class PhiloxTests
{
    [Theory]
    [InlineData(0u, 0u, 0u, 0u, 0u, 0u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(
        0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(
        0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Block_PublishedVectors_GivesPublishedWords(
        uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint x0, uint x1, uint x2, uint x3) =>
        Assert.Equal((x0, x1, x2, x3), Philox.Block(c0, c1, c2, c3, k0, k1));

    [Fact]
    public void Sequence_Draws_AreTheBlocksOfItsCounter()
    {
        PhiloxSequence draws = Philox.At(0x299f31d0_a4093822, DrawPurpose.Bootstrap, step: 5, stream: 9);
        for (uint index = 0; index < 3; index++)
        {
            (uint, uint, uint, uint) block = Philox.Block(index, 9, 5, 7, 0xa4093822, 0x299f31d0);
            Assert.Equal(block, (draws.NextUInt32(), draws.NextUInt32(), draws.NextUInt32(), draws.NextUInt32()));
        }
    }

    [Fact]
    public void Sequence_Copied_ReplaysItself()
    {
        PhiloxSequence draws = Philox.At(1, DrawPurpose.Split);
        draws.NextUInt32();
        PhiloxSequence copy = draws;
        Assert.Equal(Take(10, ref draws), Take(10, ref copy));
    }

    [Fact]
    public void Sequence_AnotherSeedPurposeStepOrStream_DrawsOtherNumbers()
    {
        PhiloxSequence[] sequences =
        [
            Philox.At(1, DrawPurpose.Split), Philox.At(2, DrawPurpose.Split), Philox.At(1UL << 32, DrawPurpose.Split),
            Philox.At(1, DrawPurpose.Subset), Philox.At(1, DrawPurpose.Split, step: 1), Philox.At(1, DrawPurpose.Split, stream: 1),
        ];
        HashSet<uint> seen = [];
        for (int i = 0; i < sequences.Length; i++)
        {
            Assert.All(Take(20, ref sequences[i]), word => Assert.True(seen.Add(word)));
        }
    }

    [Fact]
    public void NextDouble_ManyDraws_IsUniform()
    {
        PhiloxSequence draws = Philox.At(11, DrawPurpose.Bootstrap);
        int[] bins = new int[20];
        double sum = 0, squares = 0;
        const int Count = 100_000;
        for (int i = 0; i < Count; i++)
        {
            double value = draws.NextDouble();
            Assert.InRange(value, 0, Math.BitDecrement(1.0));
            bins[(int)(value * bins.Length)]++;
            sum += value;
            squares += value * value;
        }

        Assert.Equal(1.0 / 2, sum / Count, 0.003);
        Assert.Equal(1.0 / 3, squares / Count, 0.003);
        Assert.InRange(ChiSquare(bins), 5.41, 43.82);
    }

    [Fact]
    public void NextSingle_ManyDraws_IsBelowOneAndKeeps24Bits()
    {
        PhiloxSequence draws = Philox.At(12, DrawPurpose.SegmentorWeights);
        double sum = 0;
        for (int i = 0; i < 50_000; i++)
        {
            float value = draws.NextSingle();
            Assert.InRange(value, 0f, MathF.BitDecrement(1f));
            Assert.Equal(value * (1 << 24), MathF.Floor(value * (1 << 24)));
            sum += value;
        }

        Assert.Equal(0.5, sum / 50_000, 0.005);
    }

    /// <summary>2^32 is 8/3 of this bound: without rejection the residues modulo 3 would come as 2 : 3 : 3.</summary>
    [Fact]
    public void NextInt32_BoundThatDoesNotDivide_IsUnbiased()
    {
        PhiloxSequence draws = Philox.At(13, DrawPurpose.Bootstrap);
        int[] bins = new int[3];
        for (int i = 0; i < 30_000; i++)
        {
            int value = draws.NextInt32(3 << 29);
            Assert.InRange(value, 0, (3 << 29) - 1);
            bins[value % 3]++;
        }

        Assert.InRange(ChiSquare(bins), 0, 13.82);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void NextInt32_BoundBelowOne_IsRefused(int bound) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Philox.At(0, DrawPurpose.Split).NextInt32(bound));

    /// <summary>Quantiles of the normal distribution from any table: P(Z below -1.959964) = 0.025 and so on.</summary>
    [Fact]
    public void Normal_ManyDraws_HasMomentsAndQuantilesOfTheNormal()
    {
        PhiloxSequence draws = Philox.At(14, DrawPurpose.Phantom);
        const int Count = 100_000;
        double[] z = new double[Count];
        for (int i = 0; i < Count; i++)
        {
            z[i] = (draws.Normal(3, 2) - 3) / 2;
        }

        Assert.Equal(0, z.Average(), 0.0105);
        Assert.Equal(1, z.Average(v => v * v), 0.015);
        Assert.Equal(0, z.Average(v => v * v * v), 0.04);
        Assert.Equal(3, z.Average(v => v * v * v * v), 0.1);
        Assert.Equal(0.025, Below(-1.959964), 0.0017);
        Assert.Equal(0.5, Below(0), 0.0053);
        Assert.Equal(0.9, Below(1.281552), 0.0032);

        double Below(double limit) => z.Count(v => v < limit) / (double)Count;
    }

    [Fact]
    public void Poisson_ManyDraws_HasEqualMeanAndVariance()
    {
        PhiloxSequence draws = Philox.At(15, DrawPurpose.Phantom);
        double[] counts = new double[50_000];
        for (int i = 0; i < counts.Length; i++)
        {
            counts[i] = draws.Poisson(2.5);
        }

        double mean = counts.Average();
        Assert.Equal(2.5, mean, 0.024);
        Assert.Equal(2.5, counts.Average(c => (c - mean) * (c - mean)), 0.06);
    }

    [Fact]
    public void Shuffle_AnyItems_KeepsEachOnce() =>
        Gen.Select(Gen.Int[0, 50], Gen.ULong).Sample((length, seed) =>
        {
            int[] items = [.. Enumerable.Range(0, length)];
            PhiloxSequence draws = Philox.At(seed, DrawPurpose.Subset);
            draws.Shuffle<int>(items);
            return items.Order().SequenceEqual(Enumerable.Range(0, length));
        });

    [Fact]
    public void Shuffle_FourItems_GivesEveryOrderEquallyOften()
    {
        PhiloxSequence draws = Philox.At(16, DrawPurpose.Subset);
        Dictionary<string, int> orders = [];
        for (int i = 0; i < 24_000; i++)
        {
            char[] items = ['a', 'b', 'c', 'd'];
            draws.Shuffle<char>(items);
            string order = new(items);
            orders[order] = orders.GetValueOrDefault(order) + 1;
        }

        Assert.Equal(24, orders.Count);
        Assert.InRange(ChiSquare([.. orders.Values]), 7.5, 49.73);
    }

    private static uint[] Take(int count, ref PhiloxSequence draws)
    {
        uint[] words = new uint[count];
        for (int i = 0; i < count; i++)
        {
            words[i] = draws.NextUInt32();
        }

        return words;
    }

    private static double ChiSquare(int[] observed)
    {
        double expected = observed.Average();
        return observed.Sum(o => (o - expected) * (o - expected) / expected);
    }
}
