using System.Diagnostics;
using System.Text.Json;
using AdvSeg.Deploy.Tests.Manifests;

namespace AdvSeg.Deploy.Tests.Releases;

/// <summary>The bill of materials of each program is its lock file: every package with digest and licence, and who needs whom.</summary>
public sealed class BillTests
{
    [Theory]
    [InlineData("Client")]
    [InlineData("Silo")]
    [InlineData("Dashboard")]
    public async Task Bill_OfAProgram_NamesThePackagesOfItsLockFile(string project)
    {
        string lockFile = Checkout.PathOf("src", project, "packages.lock.json");
        using JsonDocument bill = JsonDocument.Parse(await RunAsync(Checkout.PathOf("eng", "sbom"), "name", "1.2.3", "abc", lockFile));
        using JsonDocument locked = JsonDocument.Parse(await File.ReadAllBytesAsync(lockFile, TestContext.Current.CancellationToken));
        string[] expected =
        [
            .. locked.RootElement.GetProperty("dependencies").EnumerateObject().SelectMany(target => target.Value.EnumerateObject())
                .Where(p => p.Value.GetProperty("type").GetString() != "Project")
                .Select(p => $"pkg:nuget/{p.Name}@{p.Value.GetProperty("resolved").GetString()}").Distinct().Order(StringComparer.Ordinal),
        ];
        JsonElement[] components = [.. bill.RootElement.GetProperty("components").EnumerateArray()];

        Assert.Equal(("CycloneDX", "1.6"), (Text(bill.RootElement, "bomFormat"), Text(bill.RootElement, "specVersion")));
        Assert.Equal(expected, components.Select(c => Text(c, "purl")).Order(StringComparer.Ordinal));
        Assert.All(components, c => Assert.Equal(128, Text(c.GetProperty("hashes")[0], "content").Length));
        Assert.All(components, c => Assert.NotEmpty(Text(c.GetProperty("licenses")[0].GetProperty("license"), "id")));
        HashSet<string> named = [.. components.Select(c => Text(c, "bom-ref")), "pkg:generic/name@1.2.3"];
        Assert.All(bill.RootElement.GetProperty("dependencies").EnumerateArray(), d =>
        {
            Assert.Contains(Text(d, "ref"), named);
            Assert.All(d.GetProperty("dependsOn").EnumerateArray(), on => Assert.Contains(on.GetString()!, named));
        });
    }

    private static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;

    private static async Task<string> RunAsync(string program, params string[] words)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return output;
    }
}
