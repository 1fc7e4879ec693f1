using AdvSeg.Core.Store;
using AdvSeg.Hosting.Clocks;
using AdvSeg.Hosting.Health;
using AdvSeg.Hosting.Settings;
using AdvSeg.UseCases.Access;

namespace AdvSeg.Dashboard.Access;

internal static class AuditServices
{
    public static IServiceCollection AddAudit(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(configuration.Section<AuditSettings>("Audit"));
        services.AddSingleton(provider => new AuditLog(provider.GetRequiredService<IArtifactStore>(), provider.MachineClock()));
        services.AddSingleton<AuditRefusals>();
        services.AddSingleton(provider => new AuditReader(
            provider.GetRequiredService<IArtifactStore>(), provider.GetRequiredService<AuditSettings>(), provider.MachineClock()));
        services.AddHostedService(provider => new AuditKeeper(
            provider.GetRequiredService<AuditLog>(),
            provider.GetRequiredService<AuditRefusals>(),
            provider.GetRequiredService<IArtifactStore>(),
            provider.GetRequiredService<AuditSettings>(),
            provider.MachineClock(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AuditKeeper>>()));
        return services.AddSingleton<IReadinessWarning, AuditWarning>();
    }

    /// <summary>Whoever reaches the probe reads it, so it does not say where the store is.</summary>
    private sealed class AuditWarning(AuditLog log) : IReadinessWarning
    {
        public string Name => "audit";

        public string? Warning => log.Problem is null ? null : "the audit log cannot be written; changes are refused until it can";
    }
}
