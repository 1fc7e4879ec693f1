using System.Net;
using System.Text;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;

namespace AdvSeg.Client.Tests;

public class ServerAddressTests
{
    [Theory]
    [InlineData("http://127.0.0.1:5080", "http://127.0.0.1:5080/api/v1/")]
    [InlineData("http://127.0.0.1:5080/", "http://127.0.0.1:5080/api/v1/")]
    [InlineData("https://lab.example/advseg", "https://lab.example/advseg/api/v1/")]
    [InlineData("https://lab.example/a/b/", "https://lab.example/a/b/api/v1/")]
    [InlineData("http://[::1]:5080", "http://[::1]:5080/api/v1/")]
    public void Address_WithAPath_KeepsItBeforeTheApi(string text, string api)
    {
        ServerAddress address = ServerAddress.Parse(text);

        Assert.Equal(api, address.Api.AbsoluteUri);
        Assert.Equal(text.TrimEnd('/'), address.Name);
        Assert.Null(address.Credentials);
    }

    [Fact]
    public void Address_WithCredentials_SendsThemAndNamesThemNowhere()
    {
        ServerAddress address = ServerAddress.Parse("https://ann:s%3Acret@lab.example/advseg");

        Assert.Equal("Basic", address.Credentials?.Scheme);
        Assert.Equal("ann:s:cret", Encoding.UTF8.GetString(Convert.FromBase64String(address.Credentials!.Parameter!)));
        Assert.Equal("https://lab.example/advseg", address.Name);
        Assert.DoesNotContain("cret", address.Api.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("htp://ann:secret@lab.example")]
    [InlineData("ann:secret@lab.example")]
    [InlineData("https://ann:secret@lab.example/?page=1")]
    [InlineData("https://ann:secret@lab.example/#top")]
    public void Address_ThatIsNone_IsRefusedWithoutItsSecret(string text)
    {
        var e = Assert.Throws<CommandException>(() => ServerAddress.Parse(text));

        Assert.Equal(2, e.ExitCode);
        Assert.Contains("lab.example", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5080", "")]
    [InlineData("http://127.3.2.1:5080", "")]
    [InlineData("http://localhost:5080", "")]
    [InlineData("http://[::1]:5080", "")]
    [InlineData("http://lab.example", "lab.example")]
    [InlineData("http://node.lab.example", "lab.example")]
    [InlineData("http://node.lab.example", ".lab.example")]
    [InlineData("http://node.lab.example", "other, *.lab.example")]
    [InlineData("http://lab.example:81", "lab.example:81")]
    [InlineData("http://10.1.2.3", "10.0.0.0/8")]
    [InlineData("http://10.1.2.3", "10.1.2.3")]
    [InlineData("http://[fd00::1]", "fd00::/8")]
    [InlineData("http://anything.example", "*")]
    public void Address_OfThisMachineOrInNoProxy_IsReachedDirectly(string address, string noProxy) =>
        Assert.Null(new DirectProxy(new WebProxy("http://proxy.example:3128"), noProxy).GetProxy(new Uri(address)));

    [Theory]
    [InlineData("http://lab.example", "")]
    [InlineData("http://notlab.example", "lab.example")]
    [InlineData("http://lab.example", "lab.example:81")]
    [InlineData("http://11.1.2.3", "10.0.0.0/8")]
    [InlineData("http://lab.example", ",")]
    public void Address_OfAnotherMachine_GoesThroughTheProxy(string address, string noProxy) =>
        Assert.Equal(
            new Uri("http://proxy.example:3128"), new DirectProxy(new WebProxy("http://proxy.example:3128"), noProxy).GetProxy(new Uri(address)));
}
