using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Training.Data;
using AdvSeg.Training.Files;
using AdvSeg.Training.Scoring;
using AdvSeg.Training.Steps;
using TorchSharp;

namespace AdvSeg.Training.Tests;

/// <summary>Alone in the process: the counter of live tensors is the process's.</summary>
[CollectionDefinition(nameof(LiveTensorTests), DisableParallelization = true)]
public sealed class CountsAlone;

[Collection(nameof(LiveTensorTests))]
public sealed class LiveTensorTests
{
    public static TheoryData<string> Schemes => [.. Small.Schemes.Keys];

    /// <summary>A tensor that escapes its step's scope is a leak of native memory that the GC never sees.</summary>
    [Theory]
    [MemberData(nameof(Schemes))]
    public void Steps_OverTime_KeepTheNumberOfLiveTensors(string scheme)
    {
        using var cohort = new DisposableTensors();
        using var learner = new Learner(Small.Spec(scheme), cohort.Tensors, torch.CPU);
        learner.Step(0);

        // What earlier tests left to their finalizers would go between the two counts otherwise.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = torch.Tensor.TotalCount;
        for (int step = 1; step < 10; step++)
        {
            learner.Step(step);
            Evaluator.MeanTumourDice(learner.Segmentor, cohort.Tensors, [0, 1]);
            learner.RefuseDivergedWeights(step);
            Checkpoint.Write(Small.Spec(scheme).Id(), "canary", new TrainingHistory(), learner);
        }

        Assert.Equal(before, torch.Tensor.TotalCount);
    }

    /// <summary>As much memory as the cohort's would wait for a finalizer, which nothing calls while only native memory is short.</summary>
    [Fact]
    public void Cohort_WhoseLastPatientIsDamaged_LeavesNoTensor()
    {
        using var folder = new TempFolder();
        Cohort.Save(folder.Under("cohort"), Small.Cohort);
        CohortManifest manifest = CohortFolder.ReadManifest(folder.Under("cohort"));
        File.WriteAllBytes(folder.Under("cohort/patients/p9.advseg"), [1, 2, 3]);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = torch.Tensor.TotalCount;

        Assert.Throws<SpecException>(() => new CohortTensors(
            folder.Under("cohort"), manifest, Small.Size, torch.CPU, long.MaxValue, new FileReads(TimeProvider.System)));

        Assert.Equal(before, torch.Tensor.TotalCount);
    }
}
