using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Tests;

public sealed class NumericsTests
{
    private static readonly Numerics Gpu =
        Numerics.DefaultCpu with { Device = DeviceKind.Cuda, DeviceName = "NVIDIA H200", Precision = Precision.Tf32 };

    [Fact]
    public void Text_OfNumericsWithAGraphAndWithout_IsReadAsTheSame()
    {
        Assert.Equal("cuda/NVIDIA H200/tf32/1t/libtorch-2.10.0", Gpu.ToString());
        Assert.Equal("cuda/NVIDIA H200/tf32/1t/libtorch-2.10.0/graph", (Gpu with { Graph = true }).ToString());
        Assert.All([Gpu, Gpu with { Graph = true }, Numerics.DefaultCpu], numerics => Assert.Equal(numerics, Numerics.Parse(numerics.ToString())));
    }

    [Theory]
    [InlineData("cpu/avx2/fp32/1t/libtorch-2.10.0/graph")]
    [InlineData("cuda/NVIDIA H200/tf32/1t/libtorch-2.10.0/graphs")]
    [InlineData("cuda/NVIDIA H200/tf32/1t/graph")]
    [InlineData("/graph")]
    public void Text_ThatIsNone_IsRefused(string text) =>
        Assert.Contains($"'{text}' are not numerics", Assert.Throws<SpecException>(() => Numerics.Parse(text)).Message, StringComparison.Ordinal);

    /// <summary>Identities of before there were graphs hash this JSON.</summary>
    [Fact]
    public void Json_WithoutAGraph_IsThatOfBeforeThereWereGraphs()
    {
        Assert.Equal(
            """{"device":"cpu","deviceName":"avx2","precision":"fp32","threads":1,"libtorch":"2.10.0"}""",
            Encoding.UTF8.GetString(CanonicalJson.Write(Numerics.DefaultCpu)));
        byte[] graph = CanonicalJson.Write(Gpu with { Graph = true });
        Assert.EndsWith(""","graph":true}""", Encoding.UTF8.GetString(graph), StringComparison.Ordinal);
        Assert.True(CanonicalJson.Read<Numerics>(graph, "numerics").Graph);
    }
}
