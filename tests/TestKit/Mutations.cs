using System.Text;
using System.Text.Json;
using AdvSeg.Core.Draws;

namespace AdvSeg.TestKit;

/// <summary>Damaged versions of a valid file, as many as asked for, the same ones each time.</summary>
public static class Mutations
{
    /// <summary>What a value of a JSON text becomes: other kinds, numbers that no member holds, and nests.</summary>
    private static readonly byte[][] Values =
    [
        .. new[]
        {
            "null", "[null]", "{}", "[]", "true", "\"\"", "\"x\"", "0", "-1", "1.5", "1e400", "-1e308", "2147483648", "-9223372036854775809",
            "99999999999999999999", "\"9999-99-99T99:99:99\"", "{\"kind\":\"x\"}", "{\"kind\":null}", "[[]]", "\"\\ud800\"",
            new string('[', 200) + new string(']', 200),
        }.Select(Encoding.UTF8.GetBytes),
    ];

    private static readonly int[] Numbers = [0, 1, -1, 127, 255, int.MaxValue, int.MinValue, 0x00ffffff];

    /// <summary>Bytes changed, removed, inserted, doubled and cut, and numbers of four bytes that no count has.</summary>
    public static IEnumerable<byte[]> OfBytes(byte[] valid, int count)
    {
        PhiloxSequence draws = Philox.At((ulong)valid.Length, DrawPurpose.Split);
        for (int i = 0; i < count; i++)
        {
            yield return Damaged(valid, ref draws);
        }
    }

    /// <summary>The same, and values and names of a JSON text replaced, removed and doubled.</summary>
    public static IEnumerable<byte[]> OfJson(byte[] valid, int count)
    {
        PhiloxSequence draws = Philox.At((ulong)valid.Length, DrawPurpose.Split);
        IReadOnlyList<Range> tokens = TokensOf(valid);
        for (int i = 0; i < count; i++)
        {
            Range token = tokens[Below(tokens.Count, ref draws)];
            yield return Below(6, ref draws) switch
            {
                0 => Damaged(valid, ref draws),
                1 => [.. valid[..token.Start.Value], .. valid[token], .. ","u8, .. valid[token.Start..]],
                2 => [.. valid[..token.Start], .. valid[token.End..]],
                _ => [.. valid[..token.Start], .. Values[Below(Values.Length, ref draws)], .. valid[token.End..]],
            };
        }
    }

    /// <summary>Reads each; fails the test on any other exception than <typeparamref name="TError"/>, and on allocations without bound.</summary>
    /// <param name="damaged">The damaged versions.</param>
    /// <param name="what">What they are of, for the message.</param>
    /// <param name="mostBytes">How much memory one reading may allocate.</param>
    /// <param name="read">The reader.</param>
    /// <returns>How many there were, and how many of them were refused.</returns>
    public static (int Read, int Refused) AllowOnly<TError>(IEnumerable<byte[]> damaged, string what, long mostBytes, Action<byte[]> read)
        where TError : Exception
    {
        (int count, int refused) = (0, 0);
        foreach (byte[] data in damaged)
        {
            count++;
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(data);
            }
            catch (TError)
            {
                refused++;
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{what}, mutation {count}: {e.GetType().Name}: {e.Message}\n{Shown(data)}", e);
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated > mostBytes)
            {
                throw new InvalidOperationException($"{what}, mutation {count}: reading {data.Length} bytes took {allocated} bytes\n{Shown(data)}");
            }
        }

        return (count, refused);
    }

    private static byte[] Damaged(byte[] valid, ref PhiloxSequence draws)
    {
        int at = Below(valid.Length, ref draws);
        int end = Math.Min(valid.Length, at + 1 + Below(16, ref draws));
        byte[] changed = [.. valid];
        switch (Below(6, ref draws))
        {
            case 0:
                return valid[..at];
            case 1:
                return [.. valid[..at], .. valid[end..]];
            case 2:
                return [.. valid[..end], .. valid[at..]];
            case 3:
                changed[at] = (byte)Below(256, ref draws);
                return changed;
            case 4:
                changed[at] ^= (byte)(1 << Below(8, ref draws));
                return changed;
            default:
                byte[] number = BitConverter.GetBytes(Numbers[Below(Numbers.Length, ref draws)]);
                number.AsSpan(0, Math.Min(number.Length, valid.Length - at)).CopyTo(changed.AsSpan(at));
                return changed;
        }
    }

    private static IReadOnlyList<Range> TokensOf(byte[] json)
    {
        List<Range> tokens = [];
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            int start = (int)reader.TokenStartIndex;
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                Utf8JsonReader inside = reader;
                inside.Skip();
                tokens.Add(start..(int)inside.BytesConsumed);
            }
            else if (reader.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray or JsonTokenType.PropertyName))
            {
                tokens.Add(start..(int)reader.BytesConsumed);
            }
            else if (reader.TokenType == JsonTokenType.PropertyName)
            {
                tokens.Add(start..(start + reader.ValueSpan.Length + 2));
            }
        }

        return tokens;
    }

    private static int Below(int count, ref PhiloxSequence draws) => (int)(draws.NextDouble() * count);

    private static string Shown(byte[] data)
    {
        const int Most = 2000;
        return Encoding.Latin1.GetString(data, 0, Math.Min(Most, data.Length));
    }
}
