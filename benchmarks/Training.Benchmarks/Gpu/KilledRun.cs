using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;

namespace AdvSeg.Training.Benchmarks.Gpu;

/// <summary>A whole run that keeps its checkpoint in a file, so that it can be killed and go on in another process.</summary>
internal static class KilledRun
{
    public static object Train(GpuOptions options)
    {
        string folder = options.Text("folder", ".");
        string cohort = Material.Folder(folder, options.Variant.Protocol.CropSize);
        RunSpec spec = Material.Run(options, CohortFolder.ReadManifest(cohort).ComputeDigest());
        var trainer = new Trainer(options.Numerics);
        string file = Path.Combine(folder, options.Text("checkpoint", "checkpoint"));
        var session = new FileSession(cohort, file, options.Whole("every", 5), data => trainer.WhyUnusable(spec, data));
        var trained = (TrainingOutcome.Trained)trainer.Train(spec, session);
        return new
        {
            weights = trained.WeightsDigest,
            result = RunResult.DigestOf(trained.Scores, trained.WeightsDigest),
            selected = trained.Scores.SelectedStep,
            resumed = session.Checkpoint is not null,
        };
    }

    private sealed class FileSession(string cohort, string file, int every, Func<byte[], string?> whyUnusable) : ITrainingSession
    {
        public StoredCheckpoint? Checkpoint { get; } = Newest(file, whyUnusable);

        public StopRequest Stop => StopRequest.None;

        public CancellationToken Stopped => CancellationToken.None;

        public bool CheckpointDue(int step) => step % every == 0;

        public string CohortFolder(string digest) => cohort;

        public void SaveCheckpoint(int step, byte[] data) => File.WriteAllBytes($"{file}-{step:D6}", data);

        public void Report(TrainingProgress progress)
        {
        }

        public void Metric(MetricPoint point)
        {
        }

        public void Log(string line) => Console.Error.WriteLine(line);

        /// <summary>A file that the kill cut short is not usable.</summary>
        private static StoredCheckpoint? Newest(string file, Func<byte[], string?> whyUnusable) =>
            Directory.GetFiles(Path.GetDirectoryName(file)!, Path.GetFileName(file) + "-*").OrderDescending(StringComparer.Ordinal)
                .Select(File.ReadAllBytes).Where(data => whyUnusable(data) is null)
                .Select(data => new StoredCheckpoint(Step: 0, Attempt: 0, data)).FirstOrDefault();
    }
}
