using System.Text;
using System.Text.Json;
using AdvSeg.Core.Errors;
using AdvSeg.Hosting.Logging;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Cluster.Tests.Telemetry;

/// <summary>A log in files: bounded, whole lines, and no reason for anything else to fail.</summary>
public sealed partial class LogFileTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<string> _told = [];

    private string Logs => _folder.Under("logs");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Log_ThatGrows_IsBoundedInSizeAndNumberAndLosesTheOldestLines()
    {
        const int Lines = 600;
        using (RotatingFile file = Open(new LogSettings { Megabytes = 1, Files = 3 }))
        {
            for (int i = 0; i < Lines; i++)
            {
                file.Write(Line(i));
            }
        }

        string[] files = ["worker.log.2", "worker.log.1", "worker.log"];
        Assert.Equal(files.Order(StringComparer.Ordinal), Names().Order(StringComparer.Ordinal));
        Assert.All(files, f => Assert.InRange(new FileInfo(Path.Combine(Logs, f)).Length, 1, 1_000_000));
        int[] lines = [.. files.SelectMany(f => File.ReadLines(Path.Combine(Logs, f))).Select(l => int.Parse(l.TrimEnd('.')))];
        Assert.Equal(Enumerable.Range(Lines - lines.Length, lines.Length), lines);
        Assert.InRange(lines.Length, 200, 300);
        Assert.Empty(_told);
    }

    [Fact]
    public void Log_OfOneFile_BeginsAgain()
    {
        using (RotatingFile file = Open(new LogSettings { Megabytes = 1, Files = 1 }))
        {
            for (int i = 0; i < 150; i++)
            {
                file.Write(Line(i));
            }
        }

        Assert.Equal("worker.log", Assert.Single(Names()));
        Assert.Equal(50, File.ReadLines(Path.Combine(Logs, "worker.log")).Count());
    }

    [Fact]
    public void Log_OfAProcessBefore_IsGoneOnWith()
    {
        for (int i = 0; i < 2; i++)
        {
            using RotatingFile file = Open(new LogSettings());
            file.Write(Line(i));
        }

        Assert.Equal(2, File.ReadLines(Path.Combine(Logs, "worker.log")).Count());
    }

    [Fact]
    public void Log_OfTwoAtOneTime_HasAFileForEach()
    {
        using RotatingFile first = Open(new LogSettings()), second = Open(new LogSettings());

        Assert.Equal("worker.log", Path.GetFileName(first.FilePath));
        Assert.Equal("worker-2.log", Path.GetFileName(second.FilePath));
    }

    [Theory]
    [InlineData("file/below")]
    [InlineData("file")]
    [InlineData("/proc/advseg")]
    public void Folder_ThatCannotBeWritten_IsRefusedWithTheRemedy(string folder)
    {
        File.WriteAllText(_folder.Under("file"), "");
        string named = Path.Combine(_folder.Path, folder);

        var refused = Assert.Throws<SpecException>(() => RotatingFile.Open(named, "worker", new LogSettings(), _told.Add));

        Assert.StartsWith($"ADVSEG_LOG_FOLDER is '{named}', where no log can be written: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Name a folder that this user may write to, or leave it out", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_ThatGoesAndComesBack_LosesTheLinesBetweenAndSaysSoOnce()
    {
        using RotatingFile file = Open(new LogSettings());
        file.Write(Line(0));
        Directory.Move(Logs, _folder.Under("away"));

        file.Write(Line(1));
        file.Write(Line(2));
        Assert.StartsWith($"The log {file.FilePath} cannot be written: ", Assert.Single(_told), StringComparison.Ordinal);

        Directory.Move(_folder.Under("away"), Logs);
        file.Write(Line(3));
        file.Write(Line(4));
        Assert.Equal($"The log {file.FilePath} is written again; 2 line(s) were lost.", Assert.Single(_told.Skip(1)));
        Assert.Equal(["0", "3", "4"], File.ReadLines(file.FilePath).Select(l => l.TrimEnd('.')));
    }

    [Fact]
    public void File_ThatSomebodyDeleted_IsMadeAnew()
    {
        using RotatingFile file = Open(new LogSettings());
        file.Write(Line(0));
        File.Delete(file.FilePath);

        file.Write(Line(1));

        Assert.Single(File.ReadLines(file.FilePath));
    }

    /// <summary>Formats, scopes and levels are those of stdout.</summary>
    [Theory]
    [InlineData(LogFormat.Json)]
    [InlineData(LogFormat.Text)]
    public void Event_OfAHost_IsTheLineThatStdoutWouldHave(LogFormat format)
    {
        string? path = null;
        using (ILoggerFactory logs = LoggerFactory.Create(
            logging => path = logging.AddHostLog(new LogSettings { Format = format, Folder = Logs }, "advseg-worker")))
        {
            ILogger logger = logs.CreateLogger("AdvSeg.Silo.Worker");
            using IDisposable? scope = logger.BeginScope(new Dictionary<string, object> { ["run"] = "r1" });
            Stored(logger, 40);
            Stored(logs.CreateLogger("Orleans"), 41);
        }

        string line = Assert.Single(File.ReadLines(path!));
        Assert.Equal("advseg-worker.log", Path.GetFileName(path));
        if (format is LogFormat.Json)
        {
            JsonElement json = JsonDocument.Parse(line).RootElement;
            Assert.Equal(("r1", 40), (json.GetProperty("run").GetString(), json.GetProperty("step").GetInt32()));
        }
        else
        {
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info: AdvSeg\.Silo\.Worker\[-?\d+\] stored 40 and more$", line);
        }
    }

    [Fact]
    public void Log_WithoutAFolder_IsNoFile() => LoggerFactory.Create(
        logging => Assert.Null(logging.AddHostLog(new LogSettings { Format = LogFormat.Json }, "advseg-worker"))).Dispose();

    [LoggerMessage(LogLevel.Information, "stored {Step}\nand more")]
    private static partial void Stored(ILogger logger, int step);

    private RotatingFile Open(LogSettings settings) => RotatingFile.Open(Logs, "worker", settings, _told.Add);

    /// <summary>10 kB.</summary>
    private static byte[] Line(int number) => Encoding.UTF8.GetBytes($"{number.ToString().PadRight(9_999, '.')}\n");

    private IEnumerable<string> Names() => Directory.GetFiles(Logs).Select(f => Path.GetFileName(f)).Where(f => f[0] != '.');
}
