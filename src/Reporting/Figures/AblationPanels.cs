using AdvSeg.Core.Metrics;
using AdvSeg.Core.Statistics;
using AdvSeg.Reporting.Aggregation;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace AdvSeg.Reporting.Figures;

/// <summary>The two kinds of panel of the ablation figure, as plots without a title; x is the level's place in the list of levels.</summary>
internal sealed class AblationPanels(Ablation ablation, IReadOnlyList<int> variantIndices)
{
    private const float LabelSize = FigureFormat.Type;

    /// <summary>Box, whiskers to the last patient within 1.5 interquartile ranges, and a point per patient.</summary>
    public Plot Distributions(ScoredOn cohort, MetricDefinition metric)
    {
        Plot plot = Empty(metric.Heading);
        double width = 0.8 / ablation.Variants.Count;
        foreach (Distribution cell in ablation.Distributions.Where(d => d.Cohort == cohort && d.Metric == metric && d.Values.Count > 0))
        {
            int place = PlaceOf(cell.Variant);
            double x = LevelPlace(cell.Level) + ((place - ((ablation.Variants.Count - 1) / 2.0)) * width);
            AddBox(plot, x, width, variantIndices[place], [.. cell.Boxed.Select(v => v.Value)]);
            AddSeeds(plot, cell.Seeds, x + (width * 0.5), variantIndices[place]);
        }

        SetScale(plot, metric);
        Levels(plot, ablation.Levels.Select(_ => ""));
        return plot;
    }

    /// <summary>
    /// Relative gain over the baseline, percent: in the median (thick line) and in the mean (thin line, open markers, with its band; no
    /// dashes, which SVG by Skia loses).
    /// </summary>
    public Plot Gains(ScoredOn cohort, MetricDefinition metric)
    {
        Plot plot = Empty("gain [%]");
        (GainPoint[] points, double[] seeds) = Shown(cohort, metric);
        var (low, high) = GainLimits(points, seeds, out _);
        plot.Add.HorizontalLine(0, 0.8f, Palette.Muted.Plot());
        var lines = points.GroupBy(
            p => variantIndices[PlaceOf(p.Variant)], (variant, group) => (variant, group.OrderBy(p => LevelPlace(p.Level)).ToArray())).ToList();
        // All bands before any line, or a later variant's band would tint an earlier one's line.
        lines.ForEach(l => AddBand(plot, l.variant, l.Item2, low, high));
        lines.ForEach(l => AddLine(plot, l.variant, l.Item2, p => p.Mean?.Gain, median: false));
        lines.ForEach(l => AddLine(plot, l.variant, l.Item2, p => p.MedianGain, median: true));
        AddSeedGains(plot, ablation.Distributions.Where(d => d.Cohort == cohort && d.Metric == metric), low, high);
        foreach (GainPoint point in points.Where(p => p is { MedianGain: not null, IsSignificant: true }))
        {
            PlotMarks.Star(plot, LevelPlace(point.Level), 100 * point.MedianGain!.Value, variantIndices[PlaceOf(point.Variant)]);
        }

        foreach (LevelView level in points.Where(AblationCaption.IsNoted).Select(p => p.Level).Distinct())
        {
            PlotMarks.Note(plot, LevelPlace(level), high);
        }

        plot.Axes.SetLimitsY(low, high);
        plot.Axes.Left.TickGenerator = new NumericAutomatic { LabelFormatter = v => v < 0 ? $"\u2212{-v:0.##}" : $"{v:0.##}" };
        Levels(plot, ablation.Levels.Select(l => TickLabel(l, points)));
        plot.Axes.Bottom.Label.Text = points.Any(p => p.Completed < p.Planned)
            ? "positive training patients; k of K runs"
            : "positive training patients";
        return plot;
    }

    /// <summary>An interval or a seed lies beyond the axis.</summary>
    public bool IsClipped(ScoredOn cohort, MetricDefinition metric)
    {
        (GainPoint[] points, double[] seeds) = Shown(cohort, metric);
        _ = GainLimits(points, seeds, out bool clipped);
        return clipped;
    }

    private (GainPoint[] Points, double[] Seeds) Shown(ScoredOn cohort, MetricDefinition metric) => (
        [.. ablation.Gains.Where(g => g.Cohort == cohort && g.Metric == metric)],
        [
            .. ablation.Distributions.Where(d => d.Cohort == cohort && d.Metric == metric).SelectMany(d => d.Seeds).Select(s => s.Gain)
                .OfType<double>(),
        ]);

    /// <summary>A metric with a highest value has its whole scale, so that panels can be compared; others reach as far as the values.</summary>
    private static void SetScale(Plot plot, MetricDefinition metric)
    {
        if (metric.Bounds is not (var low, { } high))
        {
            plot.Axes.Left.TickGenerator = new NumericAutomatic();
            return;
        }

        double range = high - low;
        string End(double value) => $"{value:0.##}";
        plot.Axes.Left.TickGenerator = new NumericManual(
            [low, low + (range * 0.25), low + (range * 0.5), low + (range * 0.75), high], [End(low), "", End(low + (range / 2)), "", End(high)]);
        plot.Axes.SetLimitsY(low - (0.03 * range), high + (0.03 * range));
    }

    /// <summary>Axes in the type of every figure.</summary>
    internal static Plot Empty(string yTitle)
    {
        Plot plot = new();
        _ = ReportFont.Face(bold: false);
        plot.Font.Set(ReportFont.Name);
        plot.FigureBackground.Color = Colors.Transparent;
        plot.Grid.XAxisStyle.IsVisible = false;
        plot.Grid.MajorLineColor = Palette.Rule.Plot();
        plot.Grid.MajorLineWidth = 0.5f;
        plot.Axes.Top.IsVisible = false;
        plot.Axes.Right.IsVisible = false;
        plot.Axes.Left.Label.Text = yTitle;
        foreach (IAxis axis in new IAxis[] { plot.Axes.Left, plot.Axes.Bottom })
        {
            axis.FrameLineStyle.Width = 0.7f;
            axis.FrameLineStyle.Color = Palette.Ink.Plot();
            axis.MajorTickStyle.Length = 2.5f;
            axis.MajorTickStyle.Width = 0.6f;
            axis.MinorTickStyle.Length = 0;
            axis.TickLabelStyle.FontSize = LabelSize;
            axis.TickLabelStyle.ForeColor = Palette.Ink.Plot();
        }

        foreach (LabelStyle label in new[] { plot.Axes.Left.Label, plot.Axes.Bottom.Label })
        {
            label.FontSize = LabelSize + 0.5f;
            label.Bold = false;
            label.ForeColor = Palette.Ink.Plot();
        }

        return plot;
    }

    private void Levels(Plot plot, IEnumerable<string> labels)
    {
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. Enumerable.Range(0, ablation.Levels.Count).Select(i => (double)i)], [.. labels]);
        plot.Axes.SetLimitsX(-0.55, Math.Max(1, ablation.Levels.Count) - 0.45);
    }

    private static string TickLabel(LevelView level, GainPoint[] points)
    {
        // Baseline runs are in every variant's count, so the least complete comparison speaks for the level.
        GainPoint? behind = points.Where(p => p.Level == level && p.Completed < p.Planned).MinBy(p => p.Completed);
        string label = level.Label.Replace(" (", "\n(", StringComparison.Ordinal);
        return behind is null ? label : $"{label}\n{behind.Completed} of {behind.Planned}";
    }

    private static void AddBox(Plot plot, double x, double width, int variant, double[] values)
    {
        if (values.Length == 0)
        {
            return;
        }

        double lower = Descriptive.Quantile(values, 0.25);
        double upper = Descriptive.Quantile(values, 0.75);
        double reach = 1.5 * (upper - lower);
        Box box = new()
        {
            Position = x,
            Width = width * 0.82,
            BoxMin = lower,
            BoxMax = upper,
            BoxMiddle = Descriptive.Median(values),
            WhiskerMin = values.Where(v => v >= lower - reach).Min(),
            WhiskerMax = values.Where(v => v <= upper + reach).Max(),
        };
        // Adding gives a box the next colour of the plot's own palette, so ours comes after.
        plot.Add.Box(box);
        box.FillStyle.Color = Palette.Plot(variant).WithAlpha(Palette.Fill(variant));
        box.LineStyle.Color = Palette.Plot(variant);
        box.LineStyle.Width = 0.9f;
        // The golden ratio spreads neighbours apart without a random draw.
        double[] jittered = [.. Enumerable.Range(0, values.Length).Select(i => x + (width * 0.5 * ((((i + 1) * 0.6180339887) % 1) - 0.5)))];
        var markers = plot.Add.Markers(jittered, values, MarkerShape.FilledCircle, 1.9f, Palette.Plot(variant).WithAlpha(0.65));
        markers.MarkerStyle.OutlineWidth = 0;
        var median = plot.Add.Marker(x, box.BoxMiddle!.Value, Palette.Marker(variant), 4.5f, Palette.Plot(variant));
        median.MarkerStyle.OutlineColor = Colors.White;
        median.MarkerStyle.OutlineWidth = 0.5f;
    }

    private void AddBand(Plot plot, int variant, GainPoint[] points, double low, double high)
    {
        Color colour = Palette.Plot(variant);
        foreach (var run in Unbroken(points, p => p.Band is not null))
        {
            // A single level has no width: a thin column stands for its band.
            double half = run.Length == 1 ? 0.06 : 0;
            double[] xs =
                [LevelPlace(run[0].Level) - half, .. run.Skip(1).SkipLast(1).Select(p => LevelPlace(p.Level)), LevelPlace(run[^1].Level) + half];
            double[] At(Func<Band, double> of) =>
                [.. (run.Length == 1 ? [run[0], run[0]] : run).Select(p => Math.Clamp(100 * of(p.Band!), low, high))];
            var band = plot.Add.FillY(xs, At(b => b.Low), At(b => b.High));
            band.FillColor = colour.WithAlpha(0.15);
            band.LineWidth = 0;
            band.MarkerShape = MarkerShape.None;
            foreach (GainPoint point in run)
            {
                PlotMarks.Beyond(plot, LevelPlace(point.Level), [100 * point.Band!.Low, 100 * point.Band.High], (low, high), variant);
            }
        }
    }

    private void AddLine(Plot plot, int variant, GainPoint[] points, Func<GainPoint, double?> gain, bool median)
    {
        foreach (var run in Unbroken(points, p => gain(p) is not null))
        {
            var line = plot.Add.Scatter(
                run.Select(p => LevelPlace(p.Level)).ToArray(), run.Select(p => 100 * gain(p)!.Value).ToArray(), Palette.Plot(variant));
            line.LineWidth = median ? 1.5f : 0.7f;
            line.MarkerStyle.Shape = Palette.Marker(variant);
            line.MarkerStyle.Size = median ? 5 : 3.4f;
            line.MarkerStyle.FillColor = median ? Palette.Plot(variant) : Colors.White;
            line.MarkerStyle.OutlineColor = Palette.Plot(variant);
            line.MarkerStyle.OutlineWidth = 0.8f;
        }
    }

    /// <summary>A dash per seed beside its box. A single seed's box says it already, unless a network of it failed, which no box holds.</summary>
    private static void AddSeeds(Plot plot, IReadOnlyList<SeedMedian> seeds, double x, int variant)
    {
        foreach (SeedMedian seed in seeds.Where(seed => seeds.Count > 1 || seed.Failed > 0))
        {
            PlotMarks.Seed(plot, x, seed.Median, variant, seed.Failed > 0);
        }
    }

    private void AddSeedGains(Plot plot, IEnumerable<Distribution> cells, double low, double high)
    {
        foreach (Distribution cell in cells.Where(c => c.Seeds.Count > 1))
        {
            int variant = variantIndices[PlaceOf(cell.Variant)];
            double x = LevelPlace(cell.Level) + 0.08 + (0.05 * PlaceOf(cell.Variant));
            foreach (SeedMedian seed in cell.Seeds.Where(s => s.Gain is not null))
            {
                double gain = 100 * seed.Gain!.Value;
                if (gain >= low && gain <= high)
                {
                    PlotMarks.Seed(plot, x, gain, variant, seed.Failed > 0);
                }

                PlotMarks.Beyond(plot, x, [gain], (low, high), variant);
            }
        }
    }

    /// <summary>
    /// The axis shows every gain; a band or a seed's gain may leave it, since one near-zero baseline would squeeze everything else flat.
    /// </summary>
    private static (double Low, double High) GainLimits(GainPoint[] points, double[] seeds, out bool clipped)
    {
        double[] gains = [0, .. points.SelectMany(p => new[] { p.MedianGain, p.Mean?.Gain }).OfType<double>().Select(g => 100 * g)];
        double[] bands =
        [
            .. points.Select(p => p.Band).OfType<Band>().SelectMany(b => new[] { 100 * b.Low, 100 * b.High }),
            .. seeds.Select(s => 100 * s),
        ];
        // Nothing is lost below -100 %, so a seed that found nothing is always shown.
        double reach = Math.Max(110, 2.5 * gains.Max(Math.Abs));
        double[] shown = [.. gains, .. bands.Select(b => Math.Clamp(b, -reach, reach))];
        double margin = Math.Max(5, 0.1 * (shown.Max() - shown.Min()));
        (double low, double high) = (shown.Min() - margin, shown.Max() + (2 * margin));
        clipped = bands.Any(b => b < low || b > high);
        return (low, high);
    }

    private static IEnumerable<GainPoint[]> Unbroken(GainPoint[] points, Func<GainPoint, bool> there)
    {
        List<GainPoint> run = [];
        foreach (GainPoint point in points)
        {
            if (there(point))
            {
                run.Add(point);
            }
            else if (run.Count > 0)
            {
                yield return [.. run];
                run.Clear();
            }
        }

        if (run.Count > 0)
        {
            yield return [.. run];
        }
    }

    private double LevelPlace(LevelView level) => Enumerable.Range(0, ablation.Levels.Count).First(i => ablation.Levels[i].Index == level.Index);

    private int PlaceOf(string variant) => Enumerable.Range(0, ablation.Variants.Count).First(i => ablation.Variants[i] == variant);
}
