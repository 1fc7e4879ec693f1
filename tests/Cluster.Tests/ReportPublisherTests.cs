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

    public void Dispose() => _folder.Dispose();
}
