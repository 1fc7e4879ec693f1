using AdvSeg.Core.Store;
using AdvSeg.Hosting.Clocks;
using AdvSeg.Hosting.Settings;
using AdvSeg.UseCases.Quotas;
using AdvSeg.UseCases.Sweeps;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AdvSeg.Dashboard.Access;

internal static class QuotaServices
{
    public static IServiceCollection AddQuotas(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(configuration.Section<QuotaSettings>("Quota"));
        services.AddSingleton<RequestRates>();
        return services.AddSingleton(provider => new QuotaBook(
            provider.GetRequiredService<IArtifactStore>(),
            provider.GetRequiredService<SweepCatalog>(),
            provider.GetRequiredService<QuotaSettings>(),
            provider.MachineClock()));
    }
}
