using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;

namespace AdvSeg.Training.Tests;

/// <summary>When a canary of before is taken, and when it is trained again.</summary>
public sealed class KeptCanaryTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly CanaryOrigin _origin;
    private int _computed;

    public KeptCanaryTests()
    {
        string library = _folder.Under("libtorch.so");
        File.WriteAllText(library, "one");
        _origin = new()
        {
            Definition = "definition",
            Numerics = "cpu",
            Processor = "processor",
            Runtime = ".NET",
            Code = ["AdvSeg.Training 1"],
            Environment = ["OMP_NUM_THREADS=1"],
            Libraries = [library],
        };
    }

    private string Entry => Assert.Single(Directory.GetFiles(_folder.Under("kept")));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Canary_OfTheSameOrigin_IsTrainedOnce()
    {
        Assert.Equal([1, 1, 1], [Ask(_origin), Ask(_origin), Ask(_origin with { Code = [.. _origin.Code] })]);
    }

    [Fact]
    public void Canary_WithAnythingThatDecidesItChanged_IsTrainedAgain()
    {
        string other = _folder.Under("libm.so");
        File.WriteAllText(other, "two");
        CanaryOrigin[] changed =
        [
            _origin with { Definition = "another" },
            _origin with { Numerics = "cpu, two threads" },
            _origin with { Processor = "another" },
            _origin with { Runtime = "another" },
            _origin with { Code = ["AdvSeg.Training 2"] },
            _origin with { Environment = [] },
            _origin with { Libraries = [.. _origin.Libraries, other] },
        ];
        Ask(_origin);

        Assert.Equal([2, 3, 4, 5, 6, 7, 8], changed.Select(Ask));
        Assert.Equal(8, Ask(_origin));
    }

    /// <summary>Other bytes of the same length; the same bytes at another time are no reason.</summary>
    [Fact]
    public void Canary_OfALibraryWithOtherBytes_IsTrainedAgain()
    {
        Ask(_origin);
        File.WriteAllText(_origin.Libraries[0], "two");
        File.SetLastWriteTimeUtc(_origin.Libraries[0], new(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(2, Ask(_origin));

        File.SetLastWriteTimeUtc(_origin.Libraries[0], new(2002, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(2, Ask(_origin));
        File.AppendAllText(_origin.Libraries[0], "more");
        Assert.Equal(3, Ask(_origin));
    }

    [Fact]
    public void Canary_WhoseFirstStepIsAnother_IsTrainedAgain()
    {
        Ask(_origin);
        Assert.Equal(2, Ask(_origin, first: "another"));
        Assert.Equal(2, Ask(_origin, first: "another"));
    }

    /// <summary>Cut, changed in one letter, of another origin under this one's name, none at all.</summary>
    [Fact]
    public void Canary_OfADamagedOrForeignEntry_IsTrainedAgain()
    {
        Ask(_origin);
        byte[] whole = File.ReadAllBytes(Entry);
        string text = File.ReadAllText(Entry);
        KeptCanary foreign = KeptCanary.Of(_origin with { Processor = "another" }, "canary 0", "first");
        byte[][] bad = [whole[..^9], [], System.Text.Encoding.UTF8.GetBytes(text.Replace("canary 1", "canary 7", StringComparison.Ordinal)),
            CanonicalJson.Write(foreign)];

        foreach ((int index, byte[] bytes) in bad.Index())
        {
            File.WriteAllBytes(Entry, bytes);
            Assert.Equal(index + 2, Ask(_origin));
            Assert.Equal(index + 2, Ask(_origin));
        }
    }

    [Fact]
    public void Canary_WhereNothingCanBeKept_IsTrained()
    {
        File.WriteAllText(_folder.Under("kept"), "a file, no folder");
        Assert.Equal([1, 2], [Ask(_origin), Ask(_origin)]);
        Assert.Equal(3, Ask(null));
    }

    /// <summary>The real one: equal with and without, and from what is kept.</summary>
    [Fact]
    public void Canary_OfThisMachineKept_IsTheOneThatIsTrained()
    {
        string expected = new Trainer(Small.Numerics).Canary;
        string folder = _folder.Under("real");

        Assert.Equal(expected, new Trainer(Small.Numerics, canaries: folder).Canary);
        string entry = Assert.Single(Directory.GetFiles(folder));
        byte[] written = File.ReadAllBytes(entry);
        KeptCanary kept = CanonicalJson.Read<KeptCanary>(written, entry);

        Assert.Equal(expected, new Trainer(Small.Numerics, canaries: folder).Canary);
        Assert.Equal(written, File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder))));
        Assert.Equal(kept.Origin.Key(), CanaryOrigin.Here(Small.Numerics, kept.Origin.Definition)!.Key());
        Assert.Contains(kept.Libraries, library => library.Path.Contains("torch_cpu", StringComparison.Ordinal));
        Assert.Contains(kept.Libraries, library => library.Path.Contains("LibTorchSharp", StringComparison.Ordinal));
        Assert.NotEqual(kept.Origin.Definition, Canary.Definition(Small.Numerics with { Threads = 2 }));
        Assert.Null(CanaryOrigin.Here(Small.Numerics with { Device = DeviceKind.Cuda }, ""));
    }

    /// <returns>How often it was trained so far; the answer is the newest.</returns>
    private int Ask(CanaryOrigin? origin) => Ask(origin, "first");

    private int Ask(CanaryOrigin? origin, string first)
    {
        string canary = new KeptCanaries(_folder.Under("kept")).Of(origin, () => $"canary {++_computed}", () => first);
        Assert.StartsWith("canary ", canary, StringComparison.Ordinal);
        return _computed;
    }
}
