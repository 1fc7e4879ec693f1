using AdvSeg.Core.Errors;
using AdvSeg.Silo.Settings;
using StackExchange.Redis;

namespace AdvSeg.Cluster.Tests.Settings;

public sealed class RedisAddressTests
{
    [Theory]
    [InlineData("redis.internal", "redis.internal:6379", null, null, false, null)]
    [InlineData("a:1,b:2,password=p=q,ssl=true", "a:1, b:2", null, "p=q", true, null)]
    [InlineData("redis://redis.internal", "redis.internal:6379", null, null, false, null)]
    [InlineData("redis://:p%2Cq%40r@10.0.0.7:7000/3", "10.0.0.7:7000", null, "p,q@r", false, 3)]
    [InlineData("rediss://ann:pw@cache.example", "cache.example:6379", "ann", "pw", true, null)]
    [InlineData("redis://[::1]:7000", "[::1]:7000", null, null, false, null)]
    public void Address_OfEitherForm_IsUnderstood(string text, string servers, string? user, string? password, bool tls, int? database)
    {
        ConfigurationOptions options = RedisServer.OptionsOf(new(text));
        options.SetDefaultPorts();

        Assert.Equal(servers, string.Join(", ", options.EndPoints.Select(e => EndPointCollection.ToString(e))));
        Assert.Equal((user, password, tls, database), (options.User, options.Password, options.Ssl, options.DefaultDatabase));
    }

    [Theory]
    [InlineData("", "names no server")]
    [InlineData("password=HIDDEN", "names no server")]
    [InlineData(":HIDDEN@cache.example:6379", "names no server")]
    [InlineData("cache.example,password=abc,HIDDEN", "has a part 3 that is no option")]
    [InlineData("cache.example:1,password=HIDDEN,foo=1", "has a part 3 that is no option of StackExchange.Redis")]
    [InlineData("cache.example:1,ssl=HIDDEN", "has a part 2 that is no option")]
    [InlineData("http://:HIDDEN@cache.example", "begins with redis:// or rediss://")]
    [InlineData("redis://:HIDDEN#x@cache.example:1", "begins with redis://")]
    [InlineData("redis://cache.example/HIDDEN", "more behind the server")]
    [InlineData("redis://cache.example?password=HIDDEN", "more behind the server")]
    public void Address_ThatIsNone_IsRefusedInOneLineWithoutASecret(string text, string what)
    {
        SpecException e = Assert.Throws<SpecException>(() => RedisServer.OptionsOf(new(text)));

        Assert.Contains(what, e.Message);
        Assert.Contains("redis://USER:PASSWORD@HOST:PORT", e.Message);
        Assert.DoesNotContain("HIDDEN", e.ToString());
        Assert.DoesNotContain('\n', e.Message);
    }

    [Theory]
    [InlineData("cache.example", null)]
    [InlineData("redis://ann@cache.example", "ann")]
    public void Password_GivenApart_IsThatOfTheAddress(string text, string? user)
    {
        ConfigurationOptions options = RedisServer.OptionsOf(new(text, "p,q=r"));

        Assert.Equal((user, "p,q=r"), (options.User, options.Password));
    }

    [Theory]
    [InlineData("cache.example,password=HIDDEN")]
    [InlineData("redis://:HIDDEN@cache.example")]
    public void Password_GivenTwice_IsRefused(string text)
    {
        SpecException e = Assert.Throws<SpecException>(() => RedisServer.OptionsOf(new(text, "HIDDEN")));

        Assert.Contains("given twice", e.Message);
        Assert.DoesNotContain("HIDDEN", e.ToString());
    }

    private static readonly MembershipTable Redis = new MembershipTable.InRedis("h:1,password=HIDDEN");

    [Fact]
    public void Settings_Printed_ShowNoAddress() =>
        Assert.DoesNotContain("HIDDEN", Redis + $"{new SiloSettings { Cluster = new ClusterSettings { Membership = Redis } }}");
}
