using AdvSeg.Core.Runs;
using AdvSeg.UseCases.Runs;

namespace AdvSeg.Dashboard.Pages;

/// <summary>What a running attempt shows of itself; nothing when the run is not being trained.</summary>
public sealed record NowModel(RunningAttempt? Running, TrainingPreview? Preview, string? WhyNot);
