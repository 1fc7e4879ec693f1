using AdvSeg.Client.Cli;

namespace AdvSeg.Client.Progress;

/// <summary>How many patients are imported: a bar that redraws itself in a terminal, else a line for each tenth.</summary>
/// <param name="total">Patients in all.</param>
internal sealed class ImportProgress(int total) : IProgress<int>, IDisposable
{
    private const int BarWidth = 30;
    private readonly Lock _lock = new();
    private int _shown;
    private int _tenth;

    public void Report(int value)
    {
        lock (_lock)
        {
            if (value <= _shown)
            {
                return;
            }

            _shown = value;
            if (Terminal.Current.IsLive)
            {
                bool unicode = Terminal.Current.Error.Profile.Capabilities.Unicode;
                Console.Error.Write($"\r{LiveView.Bar((double)value / total, BarWidth, unicode)} {value} of {total} patients");
            }
            else if (value * 10 / total > _tenth)
            {
                _tenth = value * 10 / total;
                Terminal.Current.Say($"{value} of {total} patients");
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_shown > 0 && Terminal.Current.IsLive)
            {
                Console.Error.WriteLine();
                _shown = 0;
            }
        }
    }
}
