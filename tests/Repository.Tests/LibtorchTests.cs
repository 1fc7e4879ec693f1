using System.Diagnostics;
using System.Xml.Linq;

namespace AdvSeg.Repository.Tests;

/// <summary>What eng/Libtorch.targets promises of every output that runs on libtorch.</summary>
public sealed class LibtorchTests
{
    private const string Version = "GLIBCXX_3.4.32";
    private const string Bindings = "libLibTorchSharp.so";

    [Fact]
    public void Bindings_InEveryOutput_LoadWithAnOlderLibstdc()
    {
        foreach (string folder in NativeFolders())
        {
            VersionNeed need = ElfFile.VersionNeeds(File.ReadAllBytes(Path.Combine(folder, Bindings))).Single(need => need.Version == Version);
            Assert.True(need.Weak, $"{folder}/{Bindings} needs {Version} of {need.Library} strongly");
        }
    }

    [Fact]
    public void Libtorch_InEveryOutput_IsLinkedNotCopied()
    {
        foreach (string folder in NativeFolders())
        {
            FileInfo library = new(Path.Combine(folder, "libtorch_cpu.so"));
            Assert.NotNull(library.LinkTarget);
            Assert.True(library.ResolveLinkTarget(returnFinalTarget: true)!.Exists, $"{library} links to nothing");
        }
    }

    [Fact]
    public void Bindings_InThePackageCache_AreUntouched()
    {
        // {cache}/libtorch-cpu-linux-x64/{version}/runtimes/linux-x64/native/libtorch_cpu.so
        string library = new FileInfo(Path.Combine(NativeFolders()[0], "libtorch_cpu.so")).ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        string cache = Path.GetFullPath(Path.Combine(library, "../../../../../.."));
        string original = Path.Combine(cache, "torchsharp", PackageVersion("TorchSharp"), "runtimes/linux-x64/native", Bindings);
        Assert.False(ElfFile.VersionNeeds(File.ReadAllBytes(original)).Single(need => need.Version == Version).Weak);
    }

    [Fact]
    public async Task TorchBackend_ThatIsUnknown_IsRefusedByName()
    {
        var start =
            new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root };
        string[] arguments =
            ["msbuild", "src/Silo/Silo.csproj", "-t:CheckTorchBackend", "-p:TorchBackend=bogus", "-nologo", "-nodeReuse:false"];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Contains("TorchBackend is 'bogus'; use cpu, cuda or external.", output + await errors, StringComparison.Ordinal);
        Assert.NotEqual(0, process.ExitCode);
    }

    /// <summary>Folders of native files in the outputs of this build's configuration.</summary>
    private static string[] NativeFolders()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libtorch's files are linked and weakened on Linux.");
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        string outputs = Path.Combine(Repository.Root, "artifacts", "bin");
        string[] folders =
        [
            .. Directory.EnumerateDirectories(outputs)
                .Select(project => Path.Combine(project, configuration, "runtimes", "linux-x64", "native"))
                .Where(folder => File.Exists(Path.Combine(folder, Bindings)) && File.Exists(Path.Combine(folder, "libtorch_cpu.so"))),
        ];

        // The whole check builds the whole solution; there, finding none is the failure this test is about.
        bool wholeBuild = Environment.GetEnvironmentVariable("CI") == "true";
        Assert.SkipUnless(folders.Length > 0 || wholeBuild, "No output with libtorch is built; build AdvSeg.sln first.");
        Assert.NotEmpty(folders);
        return folders;
    }

    private static string PackageVersion(string package) =>
        XDocument.Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
            .Single(element => (string?)element.Attribute("Include") == package).Attribute("Version")!.Value;
}
