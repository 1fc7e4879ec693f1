namespace AdvSeg.Repository.Tests;

/// <summary>The rooms and arrows of docs/architecture.md.</summary>
public sealed class ReferenceGraphTests
{
    private static readonly Dictionary<string, Room> Rooms = new()
    {
        ["Core"] = new([], ["YamlDotNet"]),
        ["Imaging"] = new(["Core"], []),
        ["Training"] = new(["Core", "Imaging"], ["TorchSharp"]),
        ["Storage"] = new(["Core"], ["Azure.Data.Tables", "Azure.Identity", "Azure.Storage.Blobs"]),
        ["Reporting"] = new(["Core", "Imaging"], ["ScottPlot", "SkiaSharp", "SkiaSharp.*", "HarfBuzzSharp.*"]),
        ["Grains.Interfaces"] = new(["Core"], ["Microsoft.Orleans.Sdk", "Microsoft.Orleans.Serialization.*"]),
        ["Grains"] = new(["Core", "Grains.Interfaces"], ["Microsoft.Orleans.*"]),
        ["Hosting"] = new(["Core"], ["OpenTelemetry.*"]),
        ["Silo"] = new(
            ["Core", "Grains", "Grains.Interfaces", "Hosting", "Imaging", "Training", "Storage", "UseCases"],
            ["Microsoft.Orleans.*", "Microsoft.Extensions.*", "System.CommandLine"]),
        ["UseCases"] = new(["Core", "Grains.Interfaces", "Imaging", "Reporting", "Storage"], ["Microsoft.Extensions.*"]),
        ["Dashboard"] = new(
            ["Core", "Grains.Interfaces", "Hosting", "Storage", "Reporting", "UseCases"],
            ["Microsoft.AspNetCore.*", "Microsoft.Orleans.*", "Microsoft.Extensions.*"]),
        ["Client"] = new(
            ["Core", "Dashboard", "Grains", "Grains.Interfaces", "Hosting", "Imaging", "Reporting", "Silo", "Storage", "Training", "UseCases"],
            ["Spectre.Console", "System.CommandLine", "Microsoft.Orleans.*", "Microsoft.Extensions.*"]),
    };

    private static readonly IReadOnlyList<ProjectFile> Projects = ProjectFile.Under("src");

    public static TheoryData<string> Names { get; } = [.. Rooms.Keys];

    [Fact]
    public void Rooms_OfTheSourceTree_AreTheOnesOfTheTable() =>
        Assert.Equal(Rooms.Keys.Order(StringComparer.Ordinal), Projects.Select(project => project.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Room_References_OnlyWhatItMay(string name)
    {
        ProjectFile project = Find(name);
        Assert.Empty(project.Projects.Except(Rooms[name].Projects));
        string[] packages = [.. project.Packages.Where(package => !Rooms[name].Allows(package))];
        Assert.Empty(packages);
    }

    /// <summary>Project references bring their own along, so what a room may not know must not come in through another.</summary>
    [Theory]
    [InlineData("Core", new[] { "Microsoft.Orleans", "TorchSharp" })]
    [InlineData("Training", new[] { "Microsoft.Orleans" })]
    [InlineData("Grains", new[] { "TorchSharp", "Training", "Imaging" })]
    [InlineData("Dashboard", new[] { "TorchSharp", "Training", "Grains", "Silo" })]
    [InlineData("UseCases", new[] { "TorchSharp", "Training", "Grains", "Silo", "Dashboard" })]
    [InlineData("Reporting", new[] { "TorchSharp", "Microsoft.Orleans" })]
    [InlineData("Storage", new[] { "TorchSharp", "Microsoft.Orleans" })]
    public void Room_ThroughAnyReference_NeverReaches(string name, string[] forbidden)
    {
        HashSet<string> reached = [];
        Reach(Find(name), reached);
        reached.Remove(name);
        string[] wrong = [.. reached.Where(item => forbidden.Any(word => item == word || IsPackageOf(item, word)))];
        Assert.Empty(wrong);
    }

    [Fact]
    public void Libtorch_AmongTheRooms_IsChosenByTheHostsOnly() =>
        Assert.Equal(
            ["Client", "Silo"], Projects.Where(project => project.UsesLibtorch).Select(project => project.Name).Order(StringComparer.Ordinal));

    /// <summary>What it brings along, every test that uses it has.</summary>
    [Fact]
    public void TestKit_References_CoreAlone()
    {
        ProjectFile kit = ProjectFile.Under("tests").Single(project => project.Name == "TestKit");
        Assert.Equal("Core", Assert.Single(kit.Projects));
        Assert.Empty(kit.Packages);
    }

    [Fact]
    public void Solution_HoldsEveryProject()
    {
        string solution = File.ReadAllText(Path.Combine(Repository.Root, "AdvSeg.sln")).Replace('\\', '/');
        string[] absent =
            [.. Repository.Files(".csproj").Select(Repository.Relative).Where(path => !solution.Contains($"\"{path}\"", StringComparison.Ordinal))];
        Assert.Empty(absent);
    }

    private static ProjectFile Find(string name) => Projects.Single(project => project.Name == name);

    /// <summary>Microsoft.Orleans.Server is a package of Microsoft.Orleans; Grains.Interfaces is no package of Grains.</summary>
    private static bool IsPackageOf(string item, string family) =>
        family.Contains('.', StringComparison.Ordinal) && item.StartsWith(family + ".", StringComparison.Ordinal);

    private static void Reach(ProjectFile project, HashSet<string> reached)
    {
        reached.UnionWith(project.Packages);
        foreach (string next in project.Projects.Where(reached.Add))
        {
            Reach(Find(next), reached);
        }
    }

    /// <summary>What a room may reference; a package may end in a wildcard.</summary>
    private sealed record Room(string[] Projects, string[] Packages)
    {
        public bool Allows(string package) => Array.Exists(
            Packages, allowed => allowed == package || (allowed.EndsWith('*') && package.StartsWith(allowed[..^1], StringComparison.Ordinal)));
    }
}
