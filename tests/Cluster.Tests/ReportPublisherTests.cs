using AdvSeg.Cluster.Tests.Dashboard;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Store;
using AdvSeg.Core.Sweeps;
using AdvSeg.Core.Yaml;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Reporting;
using AdvSeg.Silo;
using AdvSeg.Silo.Settings;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Reports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Cluster.Tests;

/// <summary>A silo without a dashboard: its sweeps are done all the same.</summary>
public sealed class ReportPublisherTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Sweep_OfAClusterWithoutADashboard_IsReportedOnceThoughTwoPublish()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton<ITrainer>(new RehearsalTrainer());
        builder.AddAdvSegSilo(new SiloSettings { Slots = 2, DataFolder = _folder.Path });
        using IHost host = builder.Build();
        Assert.Single(host.Services.GetServices<IHostedService>().OfType<ReportPublisher>());
        await host.StartAsync(TestContext.Current.CancellationToken);
        IArtifactStore store = host.Services.GetRequiredService<IArtifactStore>();
        using var cohorts = new CohortPreparer(store);
        using var second = ActivatorUtilities.CreateInstance<ReportPublisher>(host.Services);
        await second.StartAsync(TestContext.Current.CancellationToken);

        SweepSubmission submission =
            await cohorts.PrepareAsync(Presets.Spec("smoke"), "preset: smoke\n", null, TestContext.Current.CancellationToken);
        ISweepGrain sweep = host.Services.GetRequiredService<IGrainFactory>().GetGrain<ISweepGrain>(submission.Spec.Id().Value);
        await sweep.Start(submission);
        SweepStatus status = await TestCluster.WaitAsync(async () => await sweep.GetStatus() is { Reported: true } s ? s : null);

        Assert.Equal(SweepStage.Finished, status.Stage);
        SweepReport report = await SweepReport.LoadAsync(store, submission.Spec.Id(), TestContext.Current.CancellationToken);
        foreach (ReportFile file in report.Files())
        {
            string key = ArtifactKeys.ReportPrefix(submission.Spec.Id()) + file.Name;
            Artifact stored = (await store.GetAsync(key, TestContext.Current.CancellationToken))!;
            Assert.True(file.Data.AsSpan().SequenceEqual(stored.Data), $"{file.Name} is what anybody would store");
        }

        await second.StopAsync(TestContext.Current.CancellationToken);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Whoever waits for a report that cannot be stored is told so, until it can.</summary>
    [Fact]
    public async Task Report_ThatCannotBeStored_IsSaidInTheStatusAsLongAsItIsSo()
    {
        string yaml = FinishedSweep.Yaml.Replace("shown", "obstructed", StringComparison.Ordinal);
        string marker = ArtifactKeys.ReportMarker(SweepYaml.Read(yaml, "test").Id());
        Directory.CreateDirectory(_folder.Under([.. marker.Split('/')]));
        await using DashboardServer server = await DashboardServer.StartAsync(_folder.Path, new RehearsalTrainer());
        using HttpResponseMessage submitted = await server.SubmitAsync(yaml);
        string id = (await submitted.ReadAsync<SweepStatus>()).Sweep;

        SweepStatus told = await server.WaitAsync(id, s => s.Message?.Contains("report", StringComparison.Ordinal) is true);
        Assert.Equal((SweepStage.Finished, false), (told.Stage, told.Reported));
        Assert.Contains("The report could not be made and is tried again: ", told.Message);
        Assert.DoesNotContain(_folder.Path, told.Message);
        Directory.Delete(_folder.Under([.. marker.Split('/')]));

        Assert.DoesNotContain("report could not", (await server.WaitAsync(id, s => s.Reported)).Message ?? "", StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
