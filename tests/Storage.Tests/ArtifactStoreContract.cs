using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;

namespace AdvSeg.Storage.Tests;

/// <summary>What <see cref="IArtifactStore"/> promises, asked of every backend.</summary>
public abstract class ArtifactStoreContract
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>An empty store.</summary>
    protected abstract IArtifactStore Store { get; }

    [Fact]
    public async Task Get_OfWhatWasCreated_GivesItsBytesAndETag()
    {
        string? etag = await Store.TryCreateAsync("runs/a/spec.json", Bytes("one"), Cancellation);

        Artifact found = Assert.IsType<Artifact>(await Store.GetAsync("runs/a/spec.json", Cancellation));

        Assert.Equal("one", Text(found.Data));
        Assert.Equal(etag, found.ETag);
        Assert.True(await Store.ExistsAsync("runs/a/spec.json", Cancellation));
    }

    [Fact]
    public async Task AbsentKey_Asked_IsNullOrFalse()
    {
        await Store.PutAsync("runs/a", Bytes("x"), Cancellation);

        foreach (string key in (string[])["runs/b", "nothing/here", "runs", "runs/a/b"])
        {
            Assert.Null(await Store.GetAsync(key, Cancellation));
            Assert.Null(await Store.OpenReadAsync(key, Cancellation));
            Assert.False(await Store.ExistsAsync(key, Cancellation));
            Assert.Null(await Store.TryReplaceAsync(key, Bytes("y"), "\"0x1\"", Cancellation));
            Assert.False(await Store.TryDeleteAsync(key, "\"0x1\"", Cancellation));
            await Store.DeleteAsync(key, Cancellation);
        }

        Assert.Equal(["runs/a"], await KeysAsync(""));
    }

    [Fact]
    public async Task TryCreate_OnAnExistingKey_ChangesNothing()
    {
        string? first = await Store.TryCreateAsync("k", Bytes("first"), Cancellation);

        Assert.Null(await Store.TryCreateAsync("k", Bytes("second"), Cancellation));

        Artifact found = (await Store.GetAsync("k", Cancellation))!;
        Assert.Equal(("first", first), (Text(found.Data), found.ETag));
    }

    [Fact]
    public async Task TryReplace_WithTheCurrentETag_Replaces_AndWithAnOldOneDoesNot()
    {
        string one = (await Store.TryCreateAsync("k", Bytes("one"), Cancellation))!;
        string? two = await Store.TryReplaceAsync("k", Bytes("two"), one, Cancellation);
        Assert.NotNull(two);

        Assert.Null(await Store.TryReplaceAsync("k", Bytes("three"), one, Cancellation));

        Artifact found = (await Store.GetAsync("k", Cancellation))!;
        Assert.Equal(("two", two), (Text(found.Data), found.ETag));
    }

    [Fact]
    public async Task ETag_OfBytesThatCameBack_IsNotTheOldOne()
    {
        var seen = new HashSet<string>();
        for (int round = 0; round < 20; round++)
        {
            Assert.True(seen.Add((await Store.TryCreateAsync("k", Bytes("A"), Cancellation))!));
            Assert.True(seen.Add(await Store.PutAsync("k", Bytes("B"), Cancellation)));
            Assert.True(seen.Add(await Store.PutAsync("k", Bytes("A"), Cancellation)));
            await Store.DeleteAsync("k", Cancellation);
        }

        await Store.PutAsync("k", Bytes("A"), Cancellation);
        foreach (string old in seen)
        {
            Assert.Null(await Store.TryReplaceAsync("k", Bytes("C"), old, Cancellation));
        }
    }

    [Fact]
    public async Task Put_CreatesAndReplaces()
    {
        await Store.PutAsync("a/b/c", Bytes("one"), Cancellation);
        string etag = await Store.PutAsync("a/b/c", Bytes("two"), Cancellation);

        Artifact found = (await Store.GetAsync("a/b/c", Cancellation))!;

        Assert.Equal(("two", etag), (Text(found.Data), found.ETag));
    }

    [Fact]
    public async Task Delete_LeavesNothing_AndTheKeyCanBeCreatedAgain()
    {
        await Store.PutAsync("a/b/c", Bytes("one"), Cancellation);
        await Store.DeleteAsync("a/b/c", Cancellation);
        await Store.DeleteAsync("a/b/c", Cancellation);

        Assert.False(await Store.ExistsAsync("a/b/c", Cancellation));
        Assert.Empty(await KeysAsync(""));
        Assert.NotNull(await Store.TryCreateAsync("a/b/c", Bytes("two"), Cancellation));
    }

    [Fact]
    public async Task TryDelete_WithTheCurrentETag_Deletes_AndWithAnOldOneDoesNot()
    {
        string old = (await Store.TryCreateAsync("k", Bytes("A"), Cancellation))!;
        Assert.True(await Store.TryDeleteAsync("k", old, Cancellation));
        string? now = await Store.TryCreateAsync("k", Bytes("A"), Cancellation);

        Assert.False(await Store.TryDeleteAsync("k", old, Cancellation));

        Assert.Equal(now, (await Store.GetAsync("k", Cancellation))?.ETag);
    }

    [Fact]
    public async Task List_GivesOrdinalOrderBelowThePrefix()
    {
        string[] keys = ["a/0", "a/Z", "a/b", "a/b-c", "a/b.c", "a/b0/x", "a/b_c", "a-b", "a.b", "a0", "B/1", "aa/1", "a/c/d/e", "a/c/d.e", "a/c-/d"];
        foreach (string key in keys.Where(key => key != "a/b"))
        {
            await Store.PutAsync(key, Bytes(key), Cancellation);
        }

        string[] stored = [.. keys.Where(key => key != "a/b").Order(StringComparer.Ordinal)];
        foreach (string prefix in (string[])["", "a", "a/", "a/b", "a/c/", "a/c/d", "B", "none/", "a/b0/x", "a/b0/xy"])
        {
            Assert.Equal(stored.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)), await KeysAsync(prefix));
        }
    }

    [Fact]
    public async Task List_TellsSizeAndTime()
    {
        DateTimeOffset before = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        await Store.PutAsync("size", new byte[12345], Cancellation);
        await Store.PutAsync("sizeless", ReadOnlyMemory<byte>.Empty, Cancellation);

        List<ArtifactInfo> found = await Store.ListAsync("size", Cancellation).ToListAsync(Cancellation);

        Assert.Equal([12345, 0], found.Select(info => info.Bytes));
        Assert.All(found, info => Assert.InRange(info.Modified, before, TimeProvider.System.GetUtcNow().AddMinutes(1)));
        Assert.Empty((await Store.GetAsync("sizeless", Cancellation))!.Data);
    }

    [Fact]
    public async Task LargeArtifact_ReadBackBothWays_IsTheSame()
    {
        byte[] data = new byte[20 << 20];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = (byte)((i * 2654435761L) >> 13);
        }

        await Store.PutAsync("large", data, Cancellation);

        Assert.Equal(Digest.Of(data), Digest.Of((await Store.GetAsync("large", Cancellation))!.Data));
        await using Stream stream = (await Store.OpenReadAsync("large", Cancellation))!;
        Assert.Equal(Digest.Of(data), await DigestAsync(stream));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("./a")]
    [InlineData(".tmp/a")]
    [InlineData("a/.hidden")]
    [InlineData("a b")]
    [InlineData("a\\b")]
    [InlineData("é")]
    [InlineData("a\n")]
    [InlineData("a%2Fb")]
    public async Task InvalidKey_IsRefusedByEveryCall(string key)
    {
        foreach (Func<Task> call in (Func<Task>[])
        [
            () => Store.GetAsync(key, Cancellation),
            () => Store.OpenReadAsync(key, Cancellation),
            () => Store.ExistsAsync(key, Cancellation),
            () => Store.TryCreateAsync(key, Bytes("x"), Cancellation),
            () => Store.TryReplaceAsync(key, Bytes("x"), "e", Cancellation),
            () => Store.PutAsync(key, Bytes("x"), Cancellation),
            () => Store.DeleteAsync(key, Cancellation),
            () => Store.TryDeleteAsync(key, "e", Cancellation),
        ])
        {
            SpecException refused = await Assert.ThrowsAsync<SpecException>(call);
            Assert.Contains($"'{key}'", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task LongestKey_IsKept_AndALongerOneRefused()
    {
        string longest = string.Join('/', new string('a', 255), new string('b', 255), new string('c', 255), new string('d', 255), "");
        longest = longest[..^1];
        Assert.Equal(1023, longest.Length);
        await Store.PutAsync(longest, Bytes("x"), Cancellation);

        Assert.Equal([longest], await KeysAsync("aaa"));
        await Assert.ThrowsAsync<SpecException>(() => Store.PutAsync(longest + "/e", Bytes("x"), Cancellation));
        await Assert.ThrowsAsync<SpecException>(() => Store.PutAsync(new string('a', 256), Bytes("x"), Cancellation));
    }

    [Fact]
    public async Task RacingCreators_OfOneKey_HaveExactlyOneWinner()
    {
        for (int round = 0; round < 20; round++)
        {
            string key = $"race/{round}";
            string?[] etags =
                await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Store.TryCreateAsync(key, Content(i), Cancellation))));

            int winner = Assert.Single(Enumerable.Range(0, 8), i => etags[i] is not null);
            Artifact found = (await Store.GetAsync(key, Cancellation))!;
            Assert.Equal(Content(winner), found.Data);
            Assert.Equal(etags[winner], found.ETag);
        }
    }

    [Fact]
    public async Task RacingReplacers_OfOneKey_LoseNoUpdate()
    {
        await Store.TryCreateAsync("counter", Bytes("0"), Cancellation);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int done = 0; done < 25;)
            {
                Artifact now = (await Store.GetAsync("counter", Cancellation))!;
                byte[] next = Bytes($"{int.Parse(Text(now.Data)) + 1}");
                done += await Store.TryReplaceAsync("counter", next, now.ETag, Cancellation) is null ? 0 : 1;
            }
        })));

        Assert.Equal("100", Text((await Store.GetAsync("counter", Cancellation))!.Data));
    }

    [Fact]
    public async Task Reader_WhileTheArtifactIsReplaced_SeesOneVersion()
    {
        await Store.PutAsync("k", Content(0), Cancellation);
        Task writer = Task.Run(async () =>
        {
            for (int i = 1; i <= 40; i++)
            {
                await Store.PutAsync("k", Content(i), Cancellation);
            }
        });

        while (!writer.IsCompleted)
        {
            byte[] data = (await Store.GetAsync("k", Cancellation))!.Data;
            Assert.True(Content(data[0]).AsSpan().SequenceEqual(data), "a mix was read");
            await using Stream stream = (await Store.OpenReadAsync("k", Cancellation))!;
            var copy = new MemoryStream();
            await stream.CopyToAsync(copy, 10_000, Cancellation);
            Assert.True(Content(copy.GetBuffer()[0]).AsSpan().SequenceEqual(copy.ToArray()), "a mix was streamed");
        }

        await writer;
    }

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static string Text(byte[] data) => Encoding.UTF8.GetString(data);

    protected async Task<List<string>> KeysAsync(string prefix) =>
        await Store.ListAsync(prefix, Cancellation).Select(info => info.Key).ToListAsync(Cancellation);

    /// <summary>Bytes that name themselves, of a length of their own.</summary>
    private static byte[] Content(int i)
    {
        byte[] data = new byte[300_000 + (1000 * i)];
        Array.Fill(data, (byte)i);
        return data;
    }

    private static async Task<string> DigestAsync(Stream stream)
    {
        var copy = new MemoryStream();
        await stream.CopyToAsync(copy, Cancellation);
        return Digest.Of(copy.ToArray());
    }
}
