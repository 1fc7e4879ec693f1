using System.Text;
using System.Text.Json.Nodes;
using AdvSeg.Client.Tests.Compatibility;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Imports;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.Client.Tests;

/// <summary>
/// A phantom, and its patients as files in PI-CAI's and in nnU-Net's layout, which name a person wherever there is room (<see cref="PlantedText"/>).
/// Both are imported; the smallest sweep is submitted on each of the three cohorts, trained, reported and looked at.
/// </summary>
public sealed class ImportedSweeps : IAsyncLifetime
{
    public const string OfPhantom = "phantom", OfPicai = "picai", OfNnUnet = "nnunet";

    /// <summary>Of pixels of 3 mm, which NIfTI's single precision holds exactly as MetaImage's decimals do: both give equal voxels.</summary>
    private const int Size = 32;

    private const string AsRendered = "--spacing 3 --size 32 --slices all";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);
    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _sweeps = new(StringComparer.Ordinal);
    private readonly StringBuilder _said = new();

    /// <summary>What the server answered, by address.</summary>
    internal Dictionary<string, byte[]> Answers { get; } = new(StringComparer.Ordinal);

    /// <summary>What commands wrote.</summary>
    internal string Said => _said.ToString();

    /// <summary>The server's data folder.</summary>
    internal string Data => Under("data");

    internal string Under(string path) => _folder.Under(path);

    internal CohortManifest Manifest(string cohort) => CohortFolder.ReadManifest(Under(cohort));

    internal Plan Plan(string cohort) => Read<Plan>(Under($"data/sweeps/{_sweeps[cohort]}/plan.json"));

    /// <summary>By the plan's order.</summary>
    internal RunResult[] Results(string cohort) => [.. Plan(cohort).Runs.Select(run => Read<RunResult>(Under($"data/runs/{run.Run}/result.json")))];

    public async ValueTask InitializeAsync()
    {
        if (LongTests.AreAsked)
        {
            await TrainAsync();
        }
    }

    private async Task TrainAsync()
    {
        var rendered = Phantom.Render(new PhantomCohort(Aggressive: 6, LesionFree: 2, Size, Seed: 3));
        Cohort.Save(Under(OfPhantom), rendered);
        CohortExport.Picai(Under($"{PlantedText.Folder}/picai"), Phantom.SpacingOf(Size), rendered.Patients);
        CohortExport.NnUnet(Under($"{PlantedText.Folder}/Dataset001_prostate"), Phantom.SpacingOf(Size), rendered.Patients);
        PlantedText.Into(Under(PlantedText.Folder));
        const string Picai = $"{PlantedText.Folder}/picai/images --labels {PlantedText.Folder}/picai/picai_labels";
        await RunAsync($"cohort import picai --images {Picai} {AsRendered} --out {OfPicai}");
        await RunAsync($"cohort import nnunet {PlantedText.Folder}/Dataset001_prostate {AsRendered} --out {OfNnUnet}");
        await RunAsync($"cohort validate {OfPicai} --html check.html");
        await RunAsync($"cohort show {OfNnUnet} --png sheet.png --html sheet.html");
        await using Server server = await Server.StartAsync(Data);
        foreach (string cohort in (string[])[OfPhantom, OfPicai, OfNnUnet])
        {
            await File.WriteAllTextAsync(Under($"{cohort}.yaml"), Yaml(cohort));
            _sweeps[cohort] = (await RunAsync($"submit {cohort}.yaml --server {server.Address}")).Out.Trim();
        }

        using var http = new HttpClient { BaseAddress = new Uri(server.Address) };
        foreach (string sweep in _sweeps.Values)
        {
            await Until.HoldsAsync(async () => await IsReportedAsync(http, sweep), Limit);
        }

        foreach (string address in Addresses())
        {
            Answers[address] = await http.GetByteArrayAsync(address);
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    private string Yaml(string cohort) => $$"""
        apiVersion: advseg/v1
        preset: smoke
        name: {{cohort}}
        cohort: {folder: {{Under(cohort)}}}
        evaluationCohort: none
        folds: 3
        protocol: {steps: 6, evaluateEvery: 3}
        variants: [{name: cross-entropy, scheme: cross-entropy}]
        ablation: none

        """;

    private IEnumerable<string> Addresses()
    {
        string[] runs = [.. Plan(OfPicai).Runs.Concat(Plan(OfNnUnet).Runs).Select(run => run.Run)];
        string[] sweeps = [.. _sweeps.Values];
        return
        [
            "/", "/metrics", "/api/v1/sweeps", "/api/v1/workers",
            .. from id in sweeps from part in (string[])["", "/plan", "/runs", "/report", "/report/report.html"] select $"/api/v1/sweeps/{id}{part}",
            .. from run in runs from part in (string[])["", "/spec", "/log", "/metrics"] select $"/api/v1/runs/{run}{part}",
            .. sweeps.Select(id => $"/sweeps/{id}"), .. runs.Select(run => $"/runs/{run}"),
        ];
    }

    private static async Task<bool> IsReportedAsync(HttpClient http, string sweep)
    {
        JsonNode status = JsonNode.Parse(await http.GetStringAsync($"/api/v1/sweeps/{sweep}"))!;
        Assert.Equal(0, status["failed"]?.GetValue<int>() ?? 0);
        return status["reported"]?.GetValue<bool>() ?? false;
    }

    private async Task<CommandResult> RunAsync(string command)
    {
        using AdvSegProcess process = AdvSegProcess.Start(_folder.Path, null, command.Split(' '));
        CommandResult result = await process.EndAsync(Limit);
        Assert.True(result.ExitCode == 0, $"advseg {command} ended with {result.ExitCode}: {result.Error}");
        _said.Append(result.Out).Append(result.Error);
        return result;
    }

    private static T Read<T>(string path) => CanonicalJson.Read<T>(File.ReadAllBytes(path), path);
}
