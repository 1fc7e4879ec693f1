using System.Net;
using System.Text.RegularExpressions;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;

namespace AdvSeg.Dashboard.Http;

/// <summary>How the dashboard answers, in a process of its own and in that of <c>serve</c> and <c>demo</c>.</summary>
public sealed partial record DashboardSettings
{
    /// <summary>The setting as people write it in the environment.</summary>
    public const string HostsVariable = "ADVSEG_Dashboard__AllowedHosts";

    private const string HostsKey = "Dashboard:AllowedHosts";
    private static readonly string[] Loopback = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>
    /// Names under which browsers may reach it, without port; <c>*</c> allows any and belongs behind a proxy that checks. Without this a
    /// page of another site could reach a loopback address by rebinding its own name to it.
    /// </summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = Loopback;

    /// <summary>
    /// Requests may name IP addresses and this machine's name too, because the server listens on a network. Nobody can rebind an address, and the
    /// machine's name is not another site's.
    /// </summary>
    public bool AllowsAddresses { get; init; }

    /// <summary>The path below which a proxy shows it: empty, or with a slash at its beginning and none at its end.</summary>
    public string BasePath { get; init; } = "";

    /// <exception cref="SpecException">An allowed host is no name, or the path is none.</exception>
    public static DashboardSettings From(IConfiguration configuration) => new()
    {
        AllowedHosts = configuration[HostsKey] is { Length: > 0 } hosts
            ? [.. hosts.Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Checked)]
            : Loopback,
        BasePath = CheckedPath(configuration["Dashboard:BasePath"] ?? ""),
    };

    /// <summary>Whether it was given no names but those of loopback.</summary>
    public bool IsOfLoopbackAlone => !AllowsAddresses && AllowedHosts.All(host => Loopback.Contains(host, StringComparer.OrdinalIgnoreCase));

    public bool Allows(string host) =>
        AllowedHosts.Contains("*") || IsNamed(host) || (AllowsAddresses && IsOwn(host));

    /// <summary>Whether a person has allowed this name itself. Pages under it are this server's, even if the proxy asks by another name.</summary>
    public bool Names(string host) =>
        IsNamed(host) && !Loopback.Contains(host, StringComparer.OrdinalIgnoreCase);

    private bool IsNamed(string host) => AllowedHosts.Contains(HostSpelling.Of(host), StringComparer.OrdinalIgnoreCase);

    private static bool IsOwn(string host) =>
        IPAddress.TryParse(host, out _) || host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase)
        || host.Equals(Dns.GetHostName(), StringComparison.OrdinalIgnoreCase);

    private static string CheckedPath(string path) => path == "/" ? ""
        : path.Length == 0 || BasePathForm().IsMatch(path) ? path
        : throw new SpecException(
            $"ADVSEG_Dashboard__BasePath is '{Redacted.Of(path)}'; write a path such as /advseg, of A-Z, a-z, 0-9, '.', '_', '~', '-', with no slash "
                + "at its end.");

    [GeneratedRegex(@"^(/[A-Za-z0-9._~-]+)+\z")]
    private static partial Regex BasePathForm();

    private static string Checked(string name) =>
        name == "*" || Uri.CheckHostName(name) is not UriHostNameType.Unknown and not UriHostNameType.Basic
            ? IPAddress.TryParse(name, out IPAddress? address) && name[0] != '[' && address.ToString().Contains(':') ? $"[{name}]"
                : HostSpelling.Of(name)
            : throw new SpecException(
                $"{HostsVariable} has '{Redacted.Of(name)}', which is no name; write names without scheme, port and path, separated by ';'.");
}
