using System.Text;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Tests;

/// <summary>
/// Damaged files of every form: headers mutated before the packing of their voxels, whole files mutated and cut. Each is read, or refused
/// with a <see cref="VolumeException"/>, within the memory that its bytes can stand for.
/// </summary>
public sealed class VolumeFuzzTests(ITestOutputHelper output)
{
    private const string Variable = "ADVSEG_LONG_TESTS";
    private const int Short = 60;
    private const int Long = 1500;

    /// <summary>Buffers of streams and messages; a reader that believed a header would take a thousand times as much.</summary>
    private const long Overhead = 1 << 20;

    private static readonly string[] Values =
        ["", "-1", "0", "1e308", "2147483647 2147483647 2147483647", "512 512 512", "NaN NaN NaN", "True", "LIST", "/dev/zero"];

    [Fact]
    public void Files_DamagedInSomeWays_AreReadOrRefused() => AssertReadOrRefused(Short);

    [Fact]
    public void Files_DamagedInOneHundredThousandWays_AreReadOrRefused()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable(Variable) == "1",
            $"takes a minute; {Variable}=1 dotnet test tests/Imaging.Tests -c Release --filter VolumeFuzz runs it.");
        Assert.InRange(AssertReadOrRefused(Long), 100_000, int.MaxValue);
    }

    private int AssertReadOrRefused(int each)
    {
        (int all, int refused) = (0, 0);
        foreach (VolumeReference.Pin pin in VolumeReference.Pinned.Volumes)
        {
            foreach ((string name, byte[] valid) in pin.Files)
            {
                (int count, int bad) = Mutations.AllowOnly<VolumeException>(
                    Damaged(valid, pin.Name, each), $"{pin.Name}, {name}", Overhead + (2 * VolumeLimits.MostOfDeflate * valid.Length),
                    damaged => VolumeReference.Read(pin.Name, new Dictionary<string, byte[]>(pin.Files) { [name] = damaged }));
                (all, refused) = (all + count, refused + bad);
            }
        }

        output.WriteLine($"{all} damaged files, {refused} refused, {all - refused} read");
        Assert.InRange(refused, all / 10, all - 1);
        return all;
    }

    /// <summary>The file anywhere; what its header says, unpacked; numbers of a text replaced; and every kind of end.</summary>
    private static IEnumerable<byte[]> Damaged(byte[] valid, string form, int each)
    {
        byte[] unpacked = Unpacked(valid);
        int header = form.Contains(".mh", StringComparison.Ordinal) ? TextEnd(valid) : Math.Min(unpacked.Length, 352);
        IEnumerable<byte[]> whole = Mutations.OfBytes(valid, each / 2);
        IEnumerable<byte[]> heads = Mutations.OfBytes(unpacked[..header], each).Select(head => (byte[])[.. head, .. unpacked[header..]]);
        IEnumerable<byte[]> ends = Enumerable.Range(0, each / 6).Select(i => valid[..(i * valid.Length / Math.Max(each / 6, 1))]);
        return [.. whole, .. heads, .. ends, .. form.Contains(".mh", StringComparison.Ordinal) ? Texts(valid, header) : []];
    }

    private static IEnumerable<byte[]> Texts(byte[] valid, int header)
    {
        string text = Encoding.Latin1.GetString(valid, 0, header);
        foreach (string line in text.Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal)))
        {
            foreach (string value in Values)
            {
                string damaged = text.Replace(line, $"{line.Split('=')[0]}= {value}", StringComparison.Ordinal);
                yield return [.. Encoding.Latin1.GetBytes(damaged), .. valid[header..]];
            }
        }
    }

    private static int TextEnd(byte[] valid)
    {
        int at = valid.AsSpan().IndexOf("ElementDataFile"u8);
        return at < 0 ? valid.Length : at + valid.AsSpan(at).IndexOf((byte)'\n') + 1;
    }

    private static byte[] Unpacked(byte[] valid)
    {
        using var payload = Payload.OpenSniffed("valid", new MemoryStream(valid));
        var bytes = new byte[1 << 16];
        return bytes[..payload.ReadUpTo(bytes)];
    }
}
