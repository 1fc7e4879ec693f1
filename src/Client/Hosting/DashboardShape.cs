namespace AdvSeg.Dashboard;

/// <summary>The shape of the dashboard room's two calls, without pages; deleted when that room is here.</summary>
internal static class DashboardShape
{
    public static IHostApplicationBuilder AddAdvSegDashboard(this IHostApplicationBuilder builder) => builder;

    public static WebApplication MapAdvSegDashboard(this WebApplication app) => app;
}
