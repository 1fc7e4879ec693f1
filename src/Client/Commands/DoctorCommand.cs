using System.CommandLine;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Hosting;
using AdvSeg.Core.Errors;

namespace AdvSeg.Client.Commands;

/// <summary><c>doctor</c>: is this machine ready, and if not, what to do.</summary>
internal static class DoctorCommand
{
    public static (Command Command, string Examples) Create()
    {
        var command = new Command("doctor", "Check this machine: .NET, libtorch, CPU, determinism, data folder, disk, ports, fonts. One line "
            + "each; exit code 1 when something needs a remedy.")
            { Shared.Data, Shared.Port };
        command.SetAction(parsed =>
        {
            string data = Shared.DataOf(parsed);
            int problems = 0;
            foreach ((string name, Func<Finding> check) in Checks.All(data, parsed.GetValue(Shared.Port) ?? Shared.DefaultPort))
            {
                Finding finding = Run(check);
                problems += finding.Remedy is null ? 0 : 1;
                Terminal.Current.Write($"{(finding.Remedy is null ? "ok     " : "problem")}  {name,-12}  {finding.Text}");
                if (finding.Remedy is { } remedy)
                {
                    Terminal.Current.Write($"         {"",-12}  remedy: {remedy}");
                }
            }

            Terminal.Current.Say(problems == 0 ? "This machine is ready." : $"{problems} problem(s).");
            return problems == 0 ? ExitCode.Ok : ExitCode.Failure;
        });
        return (command, "advseg doctor\nadvseg doctor --data /scratch/advseg");
    }

    /// <summary>A check that throws has found its problem.</summary>
    private static Finding Run(Func<Finding> check)
    {
        try
        {
            return check();
        }
        catch (Exception e)
        {
            return new Finding(Failures.Describe(e).Message, "see the message; ADVSEG_DEBUG=1 with the failing command shows where.");
        }
    }
}
