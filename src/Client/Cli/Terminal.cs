using AdvSeg.Hosting.Settings;
using Spectre.Console;

namespace AdvSeg.Client.Cli;

/// <summary>
/// The two streams of a command: data on stdout, prose and progress on stderr. Each decides on its own whether it is a terminal;
/// off a terminal, with NO_COLOR (no-color.org) or TERM=dumb there is no colour.
/// </summary>
internal sealed class Terminal
{
    /// <summary>Columns assumed where there is no terminal, so that piped tables never wrap.</summary>
    private const int PipedWidth = 400;

    private Terminal()
    {
        Out = Create(Console.Out, Console.IsOutputRedirected);
        Error = Create(Console.Error, Console.IsErrorRedirected);
    }

    public static Terminal Current { get; } = new();

    public IAnsiConsole Out { get; }

    public IAnsiConsole Error { get; }

    /// <summary>Progress may redraw itself.</summary>
    public bool IsLive => !Console.IsErrorRedirected && Error.Profile.Capabilities.Ansi;

    /// <summary>Columns of stdout; without end where it is a file or a pipe.</summary>
    public int OutWidth => Console.IsOutputRedirected ? int.MaxValue : Out.Profile.Width;

    /// <summary>The same of stderr.</summary>
    public int ErrorWidth => Console.IsErrorRedirected ? int.MaxValue : Error.Profile.Width;

    /// <summary>Prose, of one line or more.</summary>
    public void Say(string text) => Console.Error.WriteLine(Printable.Of(text));

    /// <summary>Data, of one line or more.</summary>
    public void Write(string text) => Console.Out.WriteLine(Printable.Of(text));

    private static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        bool plain = redirected || Variables.Find("NO_COLOR") is not null || Variables.Find("TERM") == "dumb";
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = plain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = InteractionSupport.No,
        });
        if (redirected)
        {
            console.Profile.Width = PipedWidth;
        }

        return console;
    }
}
