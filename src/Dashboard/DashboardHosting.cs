using System.Diagnostics.Metrics;
using System.Text.Json.Serialization;
using AdvSeg.Core.Access;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Api;
using AdvSeg.Dashboard.Http;
using AdvSeg.Dashboard.Pages;
using AdvSeg.Dashboard.Telemetry;
using AdvSeg.Hosting.Clocks;
using AdvSeg.Hosting.Health;
using AdvSeg.Hosting.Limits;
using AdvSeg.Hosting.Settings;
using AdvSeg.Hosting.Telemetry;
using AdvSeg.UseCases.Access;
using AdvSeg.UseCases.Cohorts;
using AdvSeg.UseCases.Progress;
using AdvSeg.UseCases.Reports;
using AdvSeg.UseCases.Runs;
using AdvSeg.UseCases.Sweeps;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry.Metrics;

namespace AdvSeg.Dashboard;

/// <summary>Adds pages, API, metrics and health to a web host that has an <see cref="IGrainFactory"/> and an <see cref="IArtifactStore"/>.</summary>
public static class DashboardHosting
{
    public static IHostApplicationBuilder AddAdvSegDashboard(this IHostApplicationBuilder builder)
    {
        IServiceCollection services = builder.Services;
        services.AddSteadyClock();
        services.TryAddSingleton(DashboardSettings.From(builder.Configuration));
        services.TryAddSingleton(AccessSettings.From(builder.Configuration));
        services.AddHttpContextAccessor();
        services.AddSingleton(provider => new Credentials(provider.GetRequiredService<IArtifactStore>(), provider.MachineClock()));
        services.AddSingleton<Sessions>();
        services.AddHostedService(provider => provider.GetRequiredService<Sessions>());
        services.AddSingleton<SessionCookie>();
        services.AddAudit(builder.Configuration);
        services.AddQuotas(builder.Configuration);
        services.AddSingleton<Callers>();
        services.AddSingleton<CurrentCaller>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<StoreProtection>();
        services.AddSingleton<OidcLogin>();
        services.AddSingleton<LoginBinding>();
        services.AddSingleton<ProviderTokens>();
        services.AddSingleton<SweepOwners>();
        services.TryAddSingleton<PlanCatalog>();
        services.TryAddSingleton<SweepCatalog>();
        services.AddSingleton<Commands>();
        services.AddSingleton<CohortPreparer>();
        services.AddSingleton<SweepPreparations>();
        services.AddHostedService(provider => provider.GetRequiredService<SweepPreparations>());
        services.AddSingleton(builder.Configuration.Section<UploadLimits>("Uploads"));
        services.AddSingleton(OpenUploadsOf);
        services.AddSingleton<CohortUploads>();
        services.AddHostedService<UploadKeeper>();
        services.TryAddSingleton<CellReader>();
        services.AddSingleton<ReportCatalog>();
        services.AddSingleton<RunFiles>();
        services.AddSingleton<RunningAttempts>();
        services.AddSingleton<RemainingTimes>();
        services.AddSingleton<RunPages>();
        services.AddSingleton<SweepEvents>();
        services.AddSingleton<PageRenderer>();
        services.AddSingleton<SweepPages>();
        services.AddHostedService<ClusterWatch>();
        services.Configure<JsonOptions>(UseCanonicalJson);
        services.Configure<KestrelServerOptions>(ServerLimits.Apply);
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddOpenApi("v1");
        services.AddOutputCache();
        services.AddHostTelemetry("dashboard");
        services.AddInstruments(provider => new ClusterMetrics(provider.GetRequiredService<IMeterFactory>()));
        services.AddSingleton<IReadinessProbe, ClusterProbe>();
        services.AddSingleton<IReadinessWarning, DamageWarning>();
        return builder;
    }

    public static WebApplication MapAdvSegDashboard(this WebApplication app)
    {
        LoginBinding.RequireName(app.Services.GetRequiredService<AccessSettings>(), app.Services.GetRequiredService<DashboardSettings>());
        app.UseMiddleware<ForwardedRequest>();
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<AuditTrail>();
        app.UseMiddleware<FailureAnswers>();
        app.UseMiddleware<RequestGuard>();
        app.UseMiddleware<HeadAsGet>();
        app.UseRouting();
        app.UseMiddleware<HeadAsGet.Answering>();
        app.UseMiddleware<AccessGate>();
        app.UseMiddleware<RateGate>();
        app.UseMiddleware<AuditTrail.Writing>();
        app.UseOutputCache();
        RouteGroupBuilder api = app.MapGroup("/api/v1");
        SweepsApi.Map(api);
        ControlApi.Map(api);
        ReportsApi.Map(api);
        RunsApi.Map(api);
        CohortsApi.Map(api);
        PagesApi.Map(app);
        AssetsApi.Map(app);
        AccessApi.Map(api);
        LoginApi.Map(api);
        AuditApi.Map(app, api);
        SignInPages.Map(app);
        app.MapGroup("").Needs(Right.Open).MapProbes(
            app.Services.GetRequiredService<ReadinessWatch>(), app.Services.GetRequiredService<MeterProvider>());
        app.MapOpenApi("/openapi/{documentName:regex(^v1$)}.json").Needs(Right.View).CacheOutput(policy => policy.Expire(TimeSpan.FromHours(1)));
        EndpointRights.Require(app);
        return app;
    }

    /// <summary>Uploads expire by the machine's clock, because that one stamps their files; the steady clock may show another time.</summary>
    private static OpenUploads OpenUploadsOf(IServiceProvider provider) => new(
        provider.GetRequiredService<IArtifactStore>(), provider.GetRequiredService<UploadLimits>(), provider.MachineClock());

    /// <summary>So that the OpenAPI document describes what <see cref="Answers"/> writes.</summary>
    private static void UseCanonicalJson(JsonOptions json)
    {
        json.SerializerOptions.PropertyNamingPolicy = CanonicalJson.Options.PropertyNamingPolicy;
        json.SerializerOptions.DefaultIgnoreCondition = CanonicalJson.Options.DefaultIgnoreCondition;
        json.SerializerOptions.Encoder = CanonicalJson.Options.Encoder;
        foreach (var converter in CanonicalJson.Options.Converters.OfType<JsonStringEnumConverter>())
        {
            json.SerializerOptions.Converters.Add(converter);
        }
    }
}
