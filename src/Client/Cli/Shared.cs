using System.CommandLine;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Storage.Addresses;
using AdvSeg.UseCases.Hosting;

namespace AdvSeg.Client.Cli;

internal enum OutputFormat { Table, Json }

/// <summary>Options and arguments that several commands take, with one meaning everywhere.</summary>
internal static class Shared
{
    public const string DefaultServer = "http://127.0.0.1:5080";
    public const int DefaultPort = 5080;

    public static Option<string> Server { get; } = new("--server")
    {
        Description = $"Address of the server. Also ADVSEG_SERVER.",
        HelpName = "URL",
        DefaultValueFactory = _ => Variables.Find("ADVSEG_SERVER") ?? DefaultServer,
    };

    public static Option<OutputFormat> Output { get; } =
        new("--output", "-o") { Description = "Form of the data on stdout.", HelpName = "table|json" };

    public static Option<string> Data { get; } = new("--data")
    {
        Description = "Data folder: cohorts, runs, results, state. Also ADVSEG_DATA.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Variables.Find("ADVSEG_DATA") ?? "advseg-data",
    };

    public static Option<int?> Port { get; } =
        Ranged<int?>("--port", "PORT", "Port of the dashboard and the API, on the loopback address.", 1, 65535);

    public static Option<int?> Slots { get; } =
        Ranged<int?>("--slots", "N", "Runs trained at the same time (default: one per CPU core, at most 4).", 1, 256);

    public static Argument<string> Sweep { get; } = new("ID") { Description = "Sweep id, as 'submit' and 'ls' print it." };

    public static Argument<string> File { get; } = new("FILE") { Description = "Sweep file (YAML)." };

    /// <summary>An integer option that refuses what lies outside its range as a usage error.</summary>
    public static Option<T> Ranged<T>(string name, string helpName, string description, long least, long most)
    {
        var option = new Option<T>(name) { Description = description, HelpName = helpName };
        option.Validators.Add(result =>
        {
            string text = result.Tokens.Count > 0 ? result.Tokens[0].Value : "";
            if (text.Length > 0 && !(long.TryParse(text, out long value) && value >= least && value <= most))
            {
                result.AddError($"{name} is '{text}'; use a whole number from {least} to {most}.");
            }
        });
        return option;
    }

    /// <summary>Full path of the data folder.</summary>
    /// <exception cref="SpecException">What is given is no folder.</exception>
    public static string DataOf(ParseResult parsed) => StoreAddress.OfFolder(parsed.GetRequiredValue(Data)).Path;

    /// <summary>The sweep id, checked before it becomes part of an address.</summary>
    public static string SweepOf(ParseResult parsed)
    {
        string id = parsed.GetRequiredValue(Sweep);
        try
        {
            return SweepId.Parse(id).Value;
        }
        catch (SpecException e)
        {
            throw new CommandException(ExitCode.Usage, e.Message, e);
        }
    }

    /// <summary>A run id or its first digits, checked before it becomes part of an address.</summary>
    public static string CheckRun(string text)
    {
        try
        {
            RunLookup.CheckDigits(text);
            return text;
        }
        catch (SpecException e)
        {
            throw new CommandException(ExitCode.Usage, e.Message, e);
        }
    }

    /// <summary>The text of a file that must be there and hold something.</summary>
    /// <exception cref="SpecException">It is missing, a folder, or empty.</exception>
    public static string ReadText(string path)
    {
        if (!System.IO.File.Exists(path))
        {
            throw new SpecException(Directory.Exists(path)
                ? $"'{path}' is a folder; name a sweep file (YAML)."
                : $"There is no file '{path}'; check the path.");
        }

        string text = System.IO.File.ReadAllText(path);
        return string.IsNullOrWhiteSpace(text)
            ? throw new SpecException($"'{path}' is empty; a sweep file needs at least a cohort and variants.")
            : text;
    }

    /// <summary>The bytes of a file that must be there.</summary>
    /// <exception cref="SpecException">It is missing or a folder.</exception>
    public static byte[] ReadBytes(string path) => System.IO.File.Exists(path)
        ? System.IO.File.ReadAllBytes(path)
        : throw new SpecException(Directory.Exists(path) ? $"'{path}' is a folder; name a file." : $"There is no file '{path}'; check the path.");
}
