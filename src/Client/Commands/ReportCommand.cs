using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Client.Progress;
using AdvSeg.Core.Errors;
using AdvSeg.UseCases.Reports;

namespace AdvSeg.Client.Commands;

/// <summary><c>report</c>: tables and figures of a sweep, finished or not.</summary>
internal static class ReportCommand
{
    private static readonly Option<string?> Folder =
        new("--output") { Description = "Save every file of the report into this folder.", HelpName = "DIR" };

    private static readonly Option<OutputFormat> Format =
        Shared.Format("Form of the list on stdout.", " A folder to save the report in is named with --output.", "-o");

    public static (Command Command, string Examples) Create()
    {
        var command =
            new Command("report", "List, or save with --output, a sweep's report: tables, figures, per-patient scores. Incomplete parts say k of K.")
            { Shared.Sweep, Folder, Format, Shared.Server };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            string sweep = Shared.SweepOf(parsed);
            string? folder = parsed.GetValue(Folder) is { } wanted ? Shared.FolderOf(wanted, Folder.Name) : null;
            if (File.Exists(folder))
            {
                throw new CommandException(
                    ExitCode.BadInput, $"{folder} is a file; name a folder for the report, which is made when it is not there.");
            }

            IReadOnlyList<ReportEntry> files = await api.GetReportAsync(sweep, cancellationToken);
            if (folder is not null)
            {
                await SaveAsync(api, sweep, files, folder, cancellationToken);
            }

            Write(files, parsed.GetValue(Format));
            return ExitCode.Ok;
        });
        return (command, "advseg report demo-1a2b3c4d\nadvseg report demo-1a2b3c4d --output report");
    }

    private static void Write(IReadOnlyList<ReportEntry> files, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            Tables.WriteJson(files);
            return;
        }

        Tables.Write(["FILE", "TYPE", "SIZE"], files.Select(f => (IReadOnlyList<string>)[f.Name, f.ContentType, Words.Bytes(f.Bytes)]));
    }

    private static async Task SaveAsync(
        ApiClient api, string sweep, IReadOnlyList<ReportEntry> files, string folder, CancellationToken cancellationToken)
    {
        string root = folder + Path.DirectorySeparatorChar;
        Directory.CreateDirectory(root);
        foreach (ReportEntry file in files)
        {
            string path = Path.GetFullPath(Path.Combine(root, file.Name));
            if (!path.StartsWith(root, StringComparison.Ordinal))
            {
                throw new CommandException(
                    ExitCode.Failure, $"The server names a report file outside the folder: '{file.Name}'. Nothing was written there.");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllBytesAsync(path, await api.GetReportFileAsync(sweep, file.Name, cancellationToken), cancellationToken);
        }

        Terminal.Current.Say($"Saved {files.Count} file(s) in {root}");
    }
}
