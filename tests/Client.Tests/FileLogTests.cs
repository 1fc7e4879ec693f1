using AdvSeg.Client.Hosting;
using Microsoft.Extensions.Logging;

namespace AdvSeg.Client.Tests;

public sealed class FileLogTests
{
    [Fact]
    public void Log_ThatGrows_IsBoundedInSizeAndNumberAndLosesTheOldestLines()
    {
        using var folder = new TempFolder();
        string path = Path.Combine(folder.Path, "advseg.log");
        using (var log = new FileLog(path, TimeProvider.System, mostBytes: 1000))
        {
            ILogger logger = log.CreateLogger("Category");
            for (int i = 0; i < 200; i++)
            {
                Line(logger, i);
            }
        }

        string[] files = [.. Directory.GetFiles(folder.Path).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        Assert.Equal(["advseg.log", "advseg.log.1", "advseg.log.2", "advseg.log.3", "advseg.log.4"], files);
        Assert.All(files, f => Assert.InRange(new FileInfo(Path.Combine(folder.Path, f)).Length, 1, 1100));
        int[] lines =
        [
            .. files.Reverse().SelectMany(f => File.ReadLines(Path.Combine(folder.Path, f))).Select(l => int.Parse(l[(l.LastIndexOf(' ') + 1)..])),
        ];
        Assert.Equal(Enumerable.Range(200 - lines.Length, lines.Length), lines);
    }

    [Fact]
    public void Log_OfAProcessBefore_IsGoneOnWith()
    {
        using var folder = new TempFolder();
        string path = Path.Combine(folder.Path, "advseg.log");
        for (int i = 0; i < 2; i++)
        {
            using var log = new FileLog(path, TimeProvider.System);
            Line(log.CreateLogger("Category"), i);
        }

        Assert.Equal(2, File.ReadLines(path).Count());
    }

    private static void Line(ILogger logger, int number) =>
        logger.Log(LogLevel.Warning, default, number, null, (state, _) => $"a line that is long enough to fill a file {state}");
}
