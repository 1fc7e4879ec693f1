namespace AdvSeg.Repository.Tests;

public sealed class DocumentationTests
{
    public static TheoryData<string> Pages { get; } = [.. Repository.Files(".md").Select(Repository.Relative)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_PointsOnlyAt_WhatIsThere(string page)
    {
        string path = Path.Combine(Repository.Root, page);
        Assert.Empty(Markdown.Broken(File.ReadAllText(path), path));
    }

    [Theory]
    [InlineData("[x](architecture.md)", 0)]
    [InlineData("[x](architecture.md#rooms-and-arrows)", 0)]
    [InlineData("[x](architecture.md#no-such-heading)", 1)]
    [InlineData("[x](../docs/missing.md)", 1)]
    [InlineData("![picture](missing.svg \"title\")", 1)]
    [InlineData("[x](https://example.org/missing.md) and [y](mailto:a@b.example)", 0)]
    [InlineData("`src/Core` and `src/Core/Identity/Digest.cs`", 0)]
    [InlineData("`src/Core/Missing.cs`", 1)]
    [InlineData("`MISSING.md` beside `AdvSeg.sln`", 1)]
    [InlineData("`src/{room}/*.cs`, `runs/{run}/result.json` and `advseg demo`", 0)]
    [InlineData("```\n[x](missing.md) `src/Missing`\n```\n", 0)]
    [InlineData("`[x](missing.md)`", 0)]
    public void Markdown_WithKnownLinks_CountsTheBrokenOnes(string page, int broken) =>
        Assert.Equal(broken, Markdown.Broken(page, Path.Combine(Repository.Root, "docs", "page.md")).Count);
}
