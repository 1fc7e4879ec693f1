using AdvSeg.Core.Runs;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Training.Data;
using AdvSeg.Training.Native;

using static TorchSharp.torch;

namespace AdvSeg.Training.Tests;

/// <summary>Cohorts a, b and c of one size, in folders of their names, of which the limit lets two into memory.</summary>
public sealed class SliceCacheTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly long Bytes = Small.Cohort.Patients.Count * Small.Slices * Small.Size * Small.Size * 14L;

    private readonly TempFolder _folder = new();
    private readonly Dictionary<string, string> _digests = [];
    private int _loads;

    public SliceCacheTests()
    {
        foreach (string name in (string[])["a", "b", "c"])
        {
            Cohort cohort = Cohort.Create(name, pixelMillimetres: 1, Small.Cohort.Patients);
            Cohort.Save(_folder.Under(name), cohort);
            _digests.Add(name, cohort.Digest);
        }
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Cohorts_InUseAtOnce_TakeNoMoreThanTheLimit_AndTheOneTooManyStaysInItsFiles()
    {
        SliceCache cache = Cache((2 * Bytes) + 1000);
        CohortUse a = Use(cache, "a");
        using CohortUse b = Use(cache, "b");
        CohortUse c = Use(cache, "c");

        Assert.Equal((false, false, true), (a.Cohort.IsStored, b.Cohort.IsStored, c.Cohort.IsStored));
        Assert.Equal(((2 * Bytes) + 1000, 3), cache.Taken);
        long[] slices = [0, 7, 29];
        byte[] images = TensorData.ToBytes(a.Cohort.ImagesOf(slices));
        Assert.Equal(images, TensorData.ToBytes(c.Cohort.ImagesOf(slices)));

        // What was evicted before it had no user any more is what a garbage collector would have found.
        Tensor memory = a.Cohort.Images;
        a.Dispose();
        Assert.False(memory.IsInvalid);
        using (CohortUse more = Use(cache, "c"))
        {
            Assert.True(memory.IsInvalid);
            Assert.Same(c.Cohort, more.Cohort);
            Assert.Equal((2 * Bytes, 3), cache.Taken);
            Assert.Equal(images, TensorData.ToBytes(c.Cohort.ImagesOf(slices)));
        }

        // With room for all of it, its next user has it in memory.
        c.Dispose();
        Assert.Equal((Bytes, 1), cache.Taken);
        using CohortUse again = Use(cache, "c");
        Assert.False(again.Cohort.IsStored);
    }

    [Fact]
    public void Cohort_OfMoreThanAShare_HasItsShareAlone()
    {
        SliceCache cache = Cache((2 * Bytes) - 2);
        using CohortUse a = Use(cache, "a");
        using CohortUse b = Use(cache, "b");

        Assert.Equal((true, true), (a.Cohort.IsStored, b.Cohort.IsStored));
        Assert.Equal(((2 * Bytes) - 2, 2), cache.Taken);
    }

    [Fact]
    public async Task Load_ThatHangs_HasItsRoomAndKeepsNobodyElse()
    {
        using var file = new HeldFile(_folder.Under("a/patients/p5.advseg"), _folder.Under("p5"));
        SliceCache cache = Cache(2 * Bytes, file.Clock);
        Task<CohortUse> waits = Task.Run(() => Use(cache, "a"), Token);
        file.AwaitReader();

        Assert.Equal((Bytes, 2), cache.Taken);
        using CohortUse b = Use(cache, "b");
        using CohortUse c = Use(cache, "c");
        Assert.Equal((false, true), (b.Cohort.IsStored, c.Cohort.IsStored));
        Assert.Equal((2 * Bytes, 4), cache.Taken);

        file.Release();
        using CohortUse a = await waits;
        Assert.False(a.Cohort.IsStored);
        Assert.Equal((2 * Bytes, 3), cache.Taken);
    }

    [Fact]
    public async Task Load_WhoseFirstWaiterIsStopped_GoesOnForTheOthers()
    {
        using var file = new HeldFile(_folder.Under("a/patients/p5.advseg"), _folder.Under("p5"));
        SliceCache cache = Cache(2 * Bytes, file.Clock);
        using var stop = new CancellationTokenSource();
        Task<CohortUse> first = Task.Run(() => Use(cache, "a", stop.Token), Token);
        file.AwaitReader();
        Task<CohortUse> second = Task.Run(() => Use(cache, "a"), Token);
        await Until.HoldsAsync(() => cache.Taken.Users == 3, Limit);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        file.Release();

        using CohortUse use = await second;
        Assert.Equal((Bytes, 1), cache.Taken);
        Assert.Equal(1, _loads);
    }

    [Fact]
    public async Task Load_ThatNobodyWaitsForAnyMore_EndsAndGivesItsRoomBack()
    {
        using var file = new HeldFile(_folder.Under("a/patients/p5.advseg"), _folder.Under("p5"));
        SliceCache cache = Cache(2 * Bytes, file.Clock);
        using var stop = new CancellationTokenSource();
        Task<CohortUse> first = Task.Run(() => Use(cache, "a", stop.Token), Token);
        file.AwaitReader();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal((Bytes, 1), cache.Taken);

        file.Release();
        await Until.HoldsAsync(() => cache.Taken == (0, 0), Limit);

        using CohortUse use = Use(cache, "a");
        Assert.Equal((Bytes, 1), cache.Taken);
    }

    [Fact]
    public void Load_ThatFails_GivesItsRoomBackBeforeAnybodyHearsOfIt()
    {
        byte[] whole = File.ReadAllBytes(_folder.Under("a/patients/p5.advseg"));
        File.WriteAllBytes(_folder.Under("a/patients/p5.advseg"), [1, 2, 3]);
        SliceCache cache = Cache(2 * Bytes);

        Assert.Equal(FailureClass.Data, Assert.Throws<TrainingException>(() => Use(cache, "a")).Failure);
        Assert.Equal((0, 0), cache.Taken);

        File.WriteAllBytes(_folder.Under("a/patients/p5.advseg"), whole);
        using CohortUse use = Use(cache, "a");
        Assert.Equal((Bytes, 1), cache.Taken);
    }

    /// <summary>A stop that nobody asked for is a failure like any other, and is not tried for ever.</summary>
    [Fact]
    public void Load_WhoseFolderTakesTooLong_Fails() => Assert.Throws<TimeoutException>(() =>
        Cache(Bytes).Use(_digests["a"], Small.Size, _ => throw new TimeoutException(), CancellationToken.None));

    [Fact]
    public void Load_OfAFileThatStaysAway_FailsAsSomethingToTryAgain()
    {
        File.Delete(_folder.Under("a/patients/p5.advseg"));
        Directory.CreateDirectory(_folder.Under("a/patients/p5.advseg"));
        int waits = 0;
        SliceCache cache = Cache(2 * Bytes, new WaitsOfTheTest(() => waits++));

        var refused = Assert.Throws<TrainingException>(() => Use(cache, "a"));

        Assert.Equal((FailureClass.Code, 3, (0, 0)), (refused.Failure, waits, cache.Taken));
        Assert.StartsWith("The file of patient p5 cannot be read, tried 4 times: ", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StopRequest.Checkpoint)]
    [InlineData(StopRequest.Abandon)]
    public async Task Run_StoppedWhileItsCohortLoads_Stops(StopRequest request)
    {
        using var file = new HeldFile(_folder.Under("a/patients/p5.advseg"), _folder.Under("p5"));
        using var stop = new CancellationTokenSource();
        var session = new TestSession(_ => request) { Folder = FolderOf, Stopped = stop.Token };
        Task<TrainingOutcome> run = Task.Run(() => new Trainer(Small.Numerics, file.Clock).Train(Spec("a"), session), Token);
        file.AwaitReader();

        await stop.CancelAsync();

        Assert.Equal(new TrainingOutcome.Stopped(0, Saved: false), await run);
    }

    [Fact]
    public async Task Run_DrainedWhileItsEvaluationCohortLoads_SavesItsLastStepAndIsScoredFromThere()
    {
        RunSpec spec = Spec("a") with { EvaluationCohortDigest = _digests["b"] };
        byte[] checkpoint;
        using (var file = new HeldFile(_folder.Under("b/patients/p5.advseg"), _folder.Under("p5")))
        {
            using var stop = new CancellationTokenSource();
            StopRequest Asked(int boundary) => stop.IsCancellationRequested ? StopRequest.Checkpoint : StopRequest.None;
            var drained = new TestSession(Asked) { Folder = FolderOf, Stopped = stop.Token };
            Task<TrainingOutcome> run = Task.Run(() => new Trainer(Small.Numerics, file.Clock).Train(spec, drained), Token);
            file.AwaitReader();
            await stop.CancelAsync();
            Assert.Equal(new TrainingOutcome.Stopped(spec.Protocol.Steps, Saved: true), await run);
            checkpoint = drained.Saved[0].Data;
        }

        var trainer = new Trainer(Small.Numerics);
        var resumed = Assert.IsType<TrainingOutcome.Trained>(trainer.Train(spec, new TestSession(checkpoint: checkpoint) { Folder = FolderOf }));
        var whole = Assert.IsType<TrainingOutcome.Trained>(trainer.Train(spec, new TestSession { Folder = FolderOf }));
        Assert.Equal(
            RunResult.DigestOf(whole.Scores, whole.WeightsDigest), RunResult.DigestOf(resumed.Scores, resumed.WeightsDigest));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static SliceCache Cache(long limit, TimeProvider? clock = null) => new(limit, () => CPU, clock ?? TimeProvider.System);

    private RunSpec Spec(string name) => Small.Spec("cross-entropy") with { CohortDigest = _digests[name] };

    private CohortUse Use(SliceCache cache, string name, CancellationToken stop = default) =>
        cache.Use(_digests[name], Small.Size, FolderOf, stop);

    private string FolderOf(string digest)
    {
        Interlocked.Increment(ref _loads);
        return _folder.Under(_digests.Single(known => known.Value == digest).Key);
    }
}
