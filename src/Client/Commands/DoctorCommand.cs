using System.CommandLine;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Hosting;
using AdvSeg.Core.Errors;
using AdvSeg.Storage.Contract;
using AdvSeg.Storage.Folder;
using AdvSeg.UseCases.Mending;

namespace AdvSeg.Client.Commands;

/// <summary><c>doctor</c>: is this machine ready, and if not, what to do.</summary>
internal static class DoctorCommand
{
    public static (Command Command, string Examples) Create()
    {
        var command = new Command("doctor", "Check this machine: .NET, libtorch, CPU, determinism, data folder, disk, ports, fonts, and the records "
            + "in the data folder, which are mended where --data names it. One line each; exit code 1 when something needs a remedy.")
            { Shared.Data, Shared.Port };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string data = Shared.DataOf(parsed);
            int problems = 0;
            foreach ((string name, Func<CheckResult> check) in Checks.All(data, parsed.GetValue(Shared.Port) ?? Shared.DefaultPort))
            {
                CheckResult result = Run(check);
                problems += result.Remedy is null ? 0 : 1;
                Write(result.Remedy is null ? "ok" : "problem", name, result.Text, result.Remedy);
            }

            problems += await WriteRecordsAsync(data, mend: parsed.GetResult(Shared.Data) is { Implicit: false }, cancellationToken);
            Terminal.Current.Say(problems == 0 ? "This machine is ready." : $"{problems} problem(s).");
            return problems == 0 ? ExitCode.Ok : ExitCode.Failure;
        });
        return (command, "advseg doctor\nadvseg doctor --data /scratch/advseg");
    }

    /// <returns>How many records need a remedy.</returns>
    private static async Task<int> WriteRecordsAsync(string data, bool mend, CancellationToken cancellationToken)
    {
        const string Name = "records";
        if (!Directory.Exists(data))
        {
            Write("ok", Name, "there are none yet", null);
            return 0;
        }

        try
        {
            using DataFolder folder = DataFolder.Open(data, TimeProvider.System);
            StoreExamination found = await StoreDoctor.ExamineAsync(folder.Store, mend, TimeProvider.System.GetUtcNow(), cancellationToken);
            foreach (StoreFinding finding in found.Findings)
            {
                string mended = finding.Mended is { } how ? $": {how}" : "";
                Write(finding.Mended is null ? "problem" : "mended", Name, finding.Text + mended, finding.Remedy);
            }

            if (found.Findings.Count == 0)
            {
                Write("ok", Name, $"those of {found.Sweeps} sweep(s) and {found.Results} result(s) can be read", null);
            }

            return found.Findings.Count(f => f.Mended is null);
        }
        catch (ArtifactStoreException e)
        {
            // Another check has said why the folder cannot be used.
            Write("skipped", Name, e.Message, null);
            return 0;
        }
    }

    private static void Write(string verdict, string name, string text, string? remedy)
    {
        Terminal.Current.Write($"{verdict,-7}  {name,-12}  {text}");
        if (remedy is not null)
        {
            Terminal.Current.Write($"         {"",-12}  remedy: {remedy}");
        }
    }

    /// <summary>A check that throws has found its problem.</summary>
    private static CheckResult Run(Func<CheckResult> check)
    {
        try
        {
            return check();
        }
        catch (Exception e)
        {
            return new CheckResult(Failures.Describe(e).Message, "see the message; ADVSEG_DEBUG=1 with the failing command shows where.");
        }
    }
}
