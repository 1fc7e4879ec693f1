using System.CommandLine;
using System.Globalization;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Plans;
using AdvSeg.Hosting.Settings;
using AdvSeg.Storage.Addresses;

namespace AdvSeg.Client.Cli;

internal enum OutputFormat { Table, Json }

/// <summary>Options and arguments that several commands take, with one meaning everywhere.</summary>
internal static class Shared
{
    public const string DefaultServer = "http://127.0.0.1:5080";
    public const int DefaultPort = 5080;

    /// <summary>Without a default of its own, which the help would print: ADVSEG_SERVER may hold a password.</summary>
    public static Option<string?> Server { get; } = new("--server")
    {
        Description = $"Address of the server (default: ADVSEG_SERVER, else {DefaultServer}).",
        HelpName = "URL",
    };

    public const string AuthorityName = "ADVSEG_CA";

    /// <summary>Without a default of its own either.</summary>
    public static Option<string?> Token { get; } = new("--token")
    {
        Description = "Shows the server who asks (default: ADVSEG_TOKEN, or the file of ADVSEG_TOKEN_FILE, which no other user of the machine sees).",
        HelpName = "TOKEN",
    };

    public static Option<bool> InClear { get; } = new("--in-clear")
    {
        Description = "Send the token over http to another machine, where whoever is between reads it (default: ADVSEG_IN_CLEAR=1).",
    };

    public static Option<string?> Authority { get; } = new("--ca")
    {
        Description = "PEM file with the CA of the server's certificate (default: ADVSEG_CA, else those of this machine).",
        HelpName = "FILE",
    };

    public static Option<OutputFormat> Output { get; } = Format("Form of the data on stdout.", "", "--output", "-o");

    public static Option<string> Data { get; } = new("--data")
    {
        Description = "Data folder: cohorts, runs, results, state. Also ADVSEG_DATA.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Variables.Find("ADVSEG_DATA") ?? "advseg-data",
    };

    public static Option<int?> Port { get; } =
        Ranged<int?>("--port", "PORT", "Port of the dashboard and the API, on the loopback address.", 1, 65535);

    public static Option<int?> Slots { get; } =
        Ranged<int?>("--slots", "N", "Runs trained at the same time (default: one per CPU core; of a GPU 1).", 1, 256);

    public static Argument<string> Sweep { get; } = new("ID") { Description = "Sweep id, as 'submit' and 'ls' print it." };

    public static Argument<string> File { get; } = new("FILE") { Description = "Sweep file (YAML)." };

    /// <summary>An option for the form of the data. Only the words are taken; the parser alone would take numbers too.</summary>
    /// <param name="description">What has the form.</param>
    /// <param name="hint">Said after a wrong word.</param>
    /// <param name="name">The option.</param>
    /// <param name="aliases">The same.</param>
    public static Option<OutputFormat> Format(string description, string hint, string name, params string[] aliases) => new(name, aliases)
    {
        Description = description,
        HelpName = "table|json",
        CustomParser = result =>
        {
            string word = result.Tokens[0].Value;
            foreach (OutputFormat format in Enum.GetValues<OutputFormat>().Where(f => Kebab.Of(f) == word))
            {
                return format;
            }

            result.AddError($"{name} is '{word}'; use table or json.{hint}");
            return default;
        },
    };

    /// <summary>A seed: any whole number that fits into 64 bits.</summary>
    public static Option<T> Seed<T>(string description, Func<T>? preset = null)
    {
        Option<T> option = Ranged<T>("--seed", "N", description, 0, ulong.MaxValue);
        if (preset is not null)
        {
            option.DefaultValueFactory = _ => preset();
        }

        return option;
    }

    /// <summary>An integer option that refuses what lies outside its range as a usage error.</summary>
    public static Option<T> Ranged<T>(string name, string helpName, string description, ulong least, ulong most) => new(name)
    {
        Description = description,
        HelpName = helpName,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value >= least && value <= most)
            {
                return (T)Convert.ChangeType(value, Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T), CultureInfo.InvariantCulture);
            }

            result.AddError($"{name} is '{text}'; use a whole number from {least} to {most}.");
            return default;
        },
    };

    /// <summary>A number option that refuses what does not lie between its bounds, and the bounds themselves, as a usage error.</summary>
    public static Option<T> Number<T>(
        string name, string helpName, string description, double above = 0, double below = double.PositiveInfinity) => new(name)
        {
            Description = description,
            HelpName = helpName,
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (double.TryParse(text, CultureInfo.InvariantCulture, out double value) && value > above && value < below)
                {
                    return (T)(object)value;
                }

                string bounds = $"above {above.ToString(CultureInfo.InvariantCulture)}"
                    + (double.IsFinite(below) ? $" and below {below.ToString(CultureInfo.InvariantCulture)}" : "");
                result.AddError($"{name} is '{text}'; use a number {bounds}.");
                return default;
            },
        };

    /// <summary>The server's address as it was given.</summary>
    public static string ServerOf(ParseResult parsed) => parsed.GetValue(Server) ?? Variables.Find("ADVSEG_SERVER") ?? DefaultServer;

    /// <summary>What shows the server who asks; null when nothing is given.</summary>
    public static string? TokenOf(ParseResult parsed) => parsed.GetValue(Token) ?? Variables.Find("ADVSEG_TOKEN");

    /// <summary>Whether a token may go where others can read it.</summary>
    public static bool IsInClear(ParseResult parsed) =>
        parsed.GetValue(InClear) || Variables.IsYes("ADVSEG_IN_CLEAR", Variables.Find("ADVSEG_IN_CLEAR"));

    public static string? AuthorityOf(ParseResult parsed) => parsed.GetValue(Authority) ?? Variables.Find(AuthorityName);

    /// <summary>Full path of the data folder.</summary>
    /// <exception cref="SpecException">What is given is no folder.</exception>
    /// <exception cref="CommandException">The name is empty, or has a ~ that no shell has expanded.</exception>
    public static string DataOf(ParseResult parsed)
    {
        FolderOf(parsed, Data);
        return StoreAddress.OfFolder(parsed.GetRequiredValue(Data)).Path;
    }

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
        RequireFile(path, "a sweep file (YAML)");
        string text = System.IO.File.ReadAllText(path);
        return string.IsNullOrWhiteSpace(text)
            ? throw new SpecException($"'{path}' is empty; a sweep file needs at least a cohort and variants.")
            : text;
    }

    /// <summary>The bytes of a file that must be there.</summary>
    /// <exception cref="SpecException">It is missing or a folder.</exception>
    public static byte[] ReadBytes(string path)
    {
        RequireFile(path, "a file");
        return System.IO.File.ReadAllBytes(path);
    }

    /// <summary>The full path of a folder that is made when it is not there.</summary>
    /// <exception cref="CommandException">The name is empty, or has a ~ that no shell has expanded.</exception>
    public static string FolderOf(ParseResult parsed, Option<string> option) => FolderOf(parsed.GetRequiredValue(option), option.Name);

    /// <inheritdoc cref="FolderOf(ParseResult, Option{string})"/>
    public static string FolderOf(string path, string option) =>
        string.IsNullOrWhiteSpace(path) ? throw new CommandException(ExitCode.Usage, $"{option} is empty; name a folder.")
        : GivenPath.IsUnexpanded(path)
            ? throw new CommandException(
                ExitCode.Usage, $"{option} is '{path}', which would be a folder named ~ in {Directory.GetCurrentDirectory()}: "
                    + GivenPath.Remedy(path, ""))
        : Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    private static void RequireFile(string path, string what)
    {
        if (!System.IO.File.Exists(path))
        {
            throw new SpecException(Directory.Exists(path)
                ? $"'{path}' is a folder; name {what}."
                : $"There is no file {GivenPath.Named(path)}; {GivenPath.Remedy(path, "check the path.")}");
        }
    }
}
