using System.CommandLine;
using AdvSeg.Client.Api;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;
using AdvSeg.UseCases.Sweeps;

namespace AdvSeg.Client.Commands;

/// <summary><c>submit</c>: hands a sweep file to a server, a folder cohort first. The same file again is the same sweep.</summary>
internal static class SubmitCommand
{
    private static readonly Option<bool> Watch = new("--watch") { Description = "Watch the sweep until it is over." };

    public static (Command Command, string Examples) Create()
    {
        var command = new Command("submit", "Submit a sweep file to a server and print the sweep id. Submitting the same file again changes nothing.")
            { Shared.File, Watch, Shared.Server };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using ApiClient api = ApiClient.Of(parsed);
            string file = parsed.GetRequiredValue(Shared.File);
            string yaml = SweepFile.Read(file).Yaml;
            SweepSpec spec = SweepYaml.Read(yaml, file);
            (string? cohort, string? evaluationCohort) = await CohortUpload.RunAsync(api, spec, cancellationToken);
            (string sweep, SweepPreparation? preparing) = await api.SubmitAsync(yaml, cohort, evaluationCohort, cancellationToken);
            Terminal.Current.Write(sweep);
            if (parsed.GetValue(Watch))
            {
                return await WatchCommand.WatchAsync(api, sweep, cancellationToken);
            }

            Terminal.Current.Say(preparing is null
                ? $"Watch it with 'advseg watch {sweep}'."
                : $"The server renders its phantom first, then starts it. Watch it with 'advseg watch {sweep}', stop it with 'advseg cancel "
                    + $"{sweep}'.");
            return ExitCode.Ok;
        });
        return (command, "advseg submit sweep.yaml\nadvseg wait $(advseg submit sweep.yaml)\nadvseg submit sweep.yaml --watch");
    }
}
