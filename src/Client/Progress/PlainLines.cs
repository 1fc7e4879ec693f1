using AdvSeg.Core.Sweeps;
using AdvSeg.UseCases.Progress;

namespace AdvSeg.Client.Progress;

/// <summary>Progress as lines of a log, one per event and without control characters: what a file or a pipe gets.</summary>
internal static class PlainLines
{
    /// <summary>What happened between two models; null is before the first.</summary>
    public static IEnumerable<string> Between(ProgressModel? last, ProgressModel next)
    {
        if (last is null)
        {
            yield return $"{next.Status.Sweep}: {Words.Stage(next.Status)}, {next.Settled.Count} of {next.TotalRuns} runs settled, {next.Slots} "
                + $"{(next.Slots == 1 ? "slot" : "slots")}";
        }
        else if (Words.Stage(last.Status) != Words.Stage(next.Status))
        {
            yield return $"stage: {Words.Stage(next.Status)}{(next.Status.Message is { } why ? $": {why}" : "")}";
        }

        if (last?.Status.Tuning is null && next.Status.Tuning is { } tuning)
        {
            yield return $"tuning: {tuning.Reason}";
        }

        if (last?.Status.Choice is null && next.Status.Choice is { } choice)
        {
            yield return $"choice: {choice.Reason}";
        }

        int settled = next.SettledBefore;
        foreach (RunRow row in next.Settled.Skip(settled))
        {
            yield return $"settled: {Words.Place(row)}: {Words.Settled(row)} ({++settled} of {next.TotalRuns})";
        }

        var before = last?.Running.Select(r => (r.Row.Run, r.Row.Attempt)).ToHashSet() ?? [];
        foreach (RunningRun run in next.Running.Where(r => !before.Contains((r.Row.Run, r.Row.Attempt))))
        {
            yield return $"started: {Words.Place(run.Row)}";
        }

        if (last is not null && Tenth(next) > Tenth(last))
        {
            string eta = Words.Eta(next);
            yield return $"progress: {Tenth(next)}0 % of all steps, {Words.Duration(next.Elapsed)} since the "
                + $"start{(eta.Length > 0 ? $", {eta}" : "")}";
        }
    }

    private static int Tenth(ProgressModel model) => (int)Math.Floor((model.HighestShare + 1e-9) * 10);
}
