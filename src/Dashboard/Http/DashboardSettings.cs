namespace AdvSeg.Dashboard.Http;

/// <summary>How the dashboard answers; configuration section <c>Dashboard</c>, environment <c>ADVSEG_Dashboard__AllowedHosts</c>.</summary>
public sealed record DashboardSettings
{
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>
    /// Names under which browsers may reach it, without port; <c>*</c> allows any and belongs behind a proxy that checks. Without this a
    /// page of another site could reach a loopback address by rebinding its own name to it.
    /// </summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = Loopback;

    public static DashboardSettings From(IConfiguration configuration) =>
        configuration["Dashboard:AllowedHosts"] is { Length: > 0 } hosts
            ? new DashboardSettings { AllowedHosts = hosts.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) }
            : new DashboardSettings();

    public bool Allows(string host) =>
        AllowedHosts.Contains("*") || AllowedHosts.Contains(host, StringComparer.OrdinalIgnoreCase);
}
