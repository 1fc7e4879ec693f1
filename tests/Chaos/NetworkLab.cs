using System.Diagnostics;
using AdvSeg.Servers;

namespace AdvSeg.Chaos;

/// <summary>A host of its own: its address, and the words that start a program on it.</summary>
internal sealed record LabHost(string Name, string Address, string[] Launcher);

/// <summary>
/// Hosts in network namespaces around one bridge, this machine on it as well. A cut is silent, as a broken switch is: frames go to an
/// address that nobody has, so connections hang instead of being refused.
/// </summary>
internal sealed class NetworkLab : IDisposable
{
    private const string Nobody = "02:00:00:00:00:99";
    private readonly string _prefix = $"advseg{Environment.ProcessId}";
    private readonly string _net;
    private readonly Dictionary<string, LabHost> _hosts = [];
    private readonly List<string> _namespaces = [];

    /// <exception cref="MissingPartException">Namespaces cannot be made here: no root, or no iproute2.</exception>
    public NetworkLab(params string[] names)
    {
        if (Environment.UserName != "root")
        {
            throw new MissingPartException("network namespaces need root");
        }

        _net = $"10.{77 + (Environment.ProcessId % 100)}.{Environment.ProcessId / 100 % 250}";
        try
        {
            AddNamespace("hub");
            Ip($"-n {_prefix}-hub link add br0 type bridge");
            Ip($"-n {_prefix}-hub link set br0 up");
            foreach (string name in names)
            {
                AddHost(name, _hosts.Count + 2);
            }

            // This machine's own leg: tests talk to the hosts, and the dashboard runs here.
            Ip($"link add {Leg} type veth peer name self netns {_prefix}-hub");
            Ip($"addr add {_net}.1/24 dev {Leg}");
            Ip($"link set {Leg} up");
            Plug("self");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public LabHost this[string name] => _hosts[name];

    private string Leg => $"adv{Environment.ProcessId % 1000000}";

    /// <summary>Neither hears the other any more; both still hear everybody else.</summary>
    public void Cut(string one, string other)
    {
        Ip($"-n {_prefix}-{one} neigh replace {_hosts[other].Address} lladdr {Nobody} dev eth0 nud permanent");
        Ip($"-n {_prefix}-{other} neigh replace {_hosts[one].Address} lladdr {Nobody} dev eth0 nud permanent");
    }

    public void Heal(string one, string other)
    {
        Ip($"-n {_prefix}-{one} neigh del {_hosts[other].Address} dev eth0");
        Ip($"-n {_prefix}-{other} neigh del {_hosts[one].Address} dev eth0");
    }

    public void Dispose()
    {
        foreach (string name in _namespaces)
        {
            TryIp($"netns del {name}");
        }

        TryIp($"link del {Leg}");
    }

    private void AddNamespace(string name)
    {
        Ip($"netns add {_prefix}-{name}");
        _namespaces.Add($"{_prefix}-{name}");
    }

    private void AddHost(string name, int number)
    {
        AddNamespace(name);
        Ip($"-n {_prefix}-{name} link set lo up");
        Ip($"link add eth0 netns {_prefix}-{name} type veth peer name v{number} netns {_prefix}-hub");
        Ip($"-n {_prefix}-{name} addr add {_net}.{number}/24 dev eth0");
        Ip($"-n {_prefix}-{name} link set eth0 up");
        Plug($"v{number}");
        _hosts[name] = new LabHost(name, $"{_net}.{number}", ["ip", "netns", "exec", $"{_prefix}-{name}"]);
    }

    private void Plug(string port)
    {
        Ip($"-n {_prefix}-hub link set {port} master br0");
        Ip($"-n {_prefix}-hub link set {port} up");
    }

    private static void Ip(string arguments)
    {
        if (Run(arguments) is { } error)
        {
            throw new MissingPartException($"'ip {arguments}' failed: {error}");
        }
    }

    private static void TryIp(string arguments) => _ = Run(arguments);

    private static string? Run(string arguments)
    {
        try
        {
            using Process process =
                Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            string error = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : error.Trim();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new MissingPartException($"ip does not run here: {e.Message}. Install Debian's iproute2.", e);
        }
    }
}
