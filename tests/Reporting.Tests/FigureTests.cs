namespace AdvSeg.Reporting.Tests;

public sealed class FigureTests
{
    [Fact]
    public void Look()
    {
        string folder = Environment.GetEnvironmentVariable("LOOK") ?? Path.GetTempPath();
        var plan = SyntheticSweep.Plan();
        var cases = new (string, SweepScores)[]
        {
            ("full", SyntheticSweep.Scores(plan, SyntheticSweep.Choice())),
            ("partial", SyntheticSweep.Scores(plan, SyntheticSweep.Choice(), 50)),
            ("empty", SyntheticSweep.Scores(plan, null, 0)),
            ("heldout", SyntheticSweep.Scores(SyntheticSweep.Plan(evaluation: false), SyntheticSweep.Choice())),
        };
        foreach (var (name, scores) in cases)
        {
            AblationFigure figure = new(scores, Ablation.From(scores, 1000));
            File.WriteAllBytes(Path.Combine(folder, $"{name}.png"), figure.Png());
            File.WriteAllBytes(Path.Combine(folder, $"{name}.svg"), figure.Svg());
            File.WriteAllBytes(Path.Combine(folder, $"{name}.pdf"), figure.Pdf());
        }
    }
}
