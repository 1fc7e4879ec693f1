using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using AdvSeg.Deploy.Tests.Manifests;

namespace AdvSeg.Deploy.Tests.Monitoring;

/// <summary>What Prometheus's own tool says. Skipped without it (Debian's package prometheus).</summary>
public sealed class PromtoolTests
{
    private static string Folder { get; } = Checkout.PathOf("deploy", "prometheus");

    [Fact]
    public void Rules_Checked_AreFine() =>
        Assert.Contains("13 rules found", Promtool("check", "rules", "advseg.rules.yml").Output, StringComparison.Ordinal);

    [Fact]
    public void Alerts_InTheirUnitTests_FireWhenTheyShould() => Promtool("test", "rules", "advseg.rules.test.yml");

    [Fact]
    public void Alert_OfTheRules_HasAUnitTestInWhichItFires()
    {
        string tests = Checkout.Read("deploy", "prometheus", "advseg.rules.test.yml");
        string[] fired =
            [.. tests.Split("alertname: ").Skip(1).Where(part => part.Split("alertname")[0].Contains("exp_alerts:", StringComparison.Ordinal)
                && part.TrimStart().Split('\n')[1].Contains("exp_alerts:", StringComparison.Ordinal)).Select(part => part.Split('\n')[0].Trim())];
        Assert.Empty(Queries.OfRules.Select(r => r.Where).Except(fired));
    }

    /// <summary>Meaning, where to look and what to do, in the order of the rules.</summary>
    [Fact]
    public void Alert_OfTheRules_HasItsRowInTheOperationsPage()
    {
        string section = Checkout.Read("docs", "operations.md").Split("\n## When an alert fires\n")[1].Split("\n## ")[0];
        string[][] rows =
        [
            .. section.Split('\n').Where(l => l.StartsWith("| `", StringComparison.Ordinal))
                .Select(l => l.Trim('|').Split(" | ", StringSplitOptions.TrimEntries)),
        ];

        Assert.Equal(Queries.OfRules.Select(r => $"`{r.Where}`"), rows.Select(r => r[0]));
        Assert.All(rows, r => Assert.True(r.Length == 4 && r.All(cell => cell.Length > 3), r[0]));
    }

    /// <summary>The same rules, for the Prometheus operator.</summary>
    [Fact]
    public void PrometheusRule_OfTheComponent_IsTheRulesFile()
    {
        string component = Checkout.Read("deploy", "k8s", "components", "monitoring", "rules.yaml");
        string rules = string.Concat(Checkout.Read("deploy", "prometheus", "advseg.rules.yml").TrimEnd().Split('\n').Select(l => $"  {l}\n"));
        Assert.True(
            component.EndsWith($"spec:\n{rules}", StringComparison.Ordinal),
            "deploy/k8s/components/monitoring/rules.yaml differs from deploy/prometheus/advseg.rules.yml: put the rules there, two spaces deeper.");
    }

    /// <summary>Every query of a dashboard, read as the expression of a rule.</summary>
    [Fact]
    public void Query_OfADashboardOrTheAutoscaler_IsPromQl()
    {
        var rules = new StringBuilder("groups:\n- name: queries\n  rules:\n");
        foreach ((int index, Query query) in Queries.OfDashboards.Concat(Queries.OfScaling).Index())
        {
            rules.Append(System.Globalization.CultureInfo.InvariantCulture, $"  - record: q{index}\n    expr: '{query.Expression}'\n");
        }

        using var folder = new TempFolder();
        string file = folder.Under("rules.yaml");
        File.WriteAllText(file, rules.ToString());
        Promtool("check", "rules", "--lint=none", file);
    }

    [Fact]
    public void Promtool_OnARuleThatIsWrong_SaysSo()
    {
        using var folder = new TempFolder();
        string file = folder.Under("rules.yaml");
        File.WriteAllText(file, "groups:\n- name: x\n  rules:\n  - record: x\n    expr: 'sum(rate(advseg_samples_total))'\n");
        Assert.NotEqual(0, Run("check", "rules", file).ExitCode);
    }

    private static (int ExitCode, string Output) Promtool(params string[] args)
    {
        (int exitCode, string output) = Run(args);
        Assert.True(exitCode == 0, output);
        return (exitCode, output);
    }

    private static (int ExitCode, string Output) Run(params string[] args)
    {
        try
        {
            var start =
                new ProcessStartInfo("promtool", args) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder };
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + error.GetAwaiter().GetResult());
        }
        catch (Win32Exception)
        {
            Assert.Skip("promtool is not here; install Debian's prometheus.");
            throw;
        }
    }
}
