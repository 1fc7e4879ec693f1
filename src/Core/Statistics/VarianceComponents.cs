namespace AdvSeg.Core.Statistics;

/// <summary>
/// Where the spread of differences comes from, as variances: estimates by the method of moments from the mean squares of a balanced or
/// nested layout (Searle, Casella and McCulloch 1992, chapter 4), negative ones as 0.
/// </summary>
/// <param name="Fold">Of folds: which patients are trained on. Null where patients lie in folds, which cannot be told apart from them.</param>
/// <param name="Replicate">Of networks trained with another seed on the same fold.</param>
/// <param name="Unit">Of patients.</param>
/// <param name="Residual">Of a network on a patient.</param>
public sealed record VarianceComponents(double? Fold, double Replicate, double Unit, double Residual)
{
    /// <param name="values">One row per network.</param>
    /// <param name="folds">The fold of each row.</param>
    /// <returns>
    /// Null where a network lacks a patient of its fold, where a fold has fewer than two networks or two patients, and, when every network has
    /// every patient, where folds have unequal numbers of networks.
    /// </returns>
    public static VarianceComponents? Of(Crossed values, IReadOnlyList<int> folds)
    {
        Group[] groups = [.. Enumerable.Range(0, values.Replicates).GroupBy(r => folds[r]).Select(rows => Group.Of(values, [.. rows]))];
        if (groups.Any(g => !g.Complete || g.Rows.Length < 2 || g.Columns.Length < 2))
        {
            return null;
        }

        return values.Complete
            ? groups.All(g => g.Rows.Length == groups[0].Rows.Length) ? WithFolds(values, groups) : null
            : Nested(groups);
    }

    /// <summary>Every network scored every patient: folds, networks within folds, and patients across all of them.</summary>
    private static VarianceComponents WithFolds(Crossed values, Group[] groups)
    {
        double units = values.Units;
        double seeds = groups[0].Rows.Length;
        Group all = Group.Of(values, [.. Enumerable.Range(0, values.Replicates)]);
        double mean = all.Mean;
        double byFold = seeds * units * groups.Sum(g => Square(g.Mean - mean));
        double byReplicate = groups.Sum(g => g.ByRow);
        double byUnit = all.ByColumn;
        double rest = all.Squares(mean) - byFold - byReplicate - byUnit;

        double residual = rest / ((values.Replicates - 1) * (units - 1));
        double replicateSquare = byReplicate / (groups.Length * (seeds - 1));
        double fold = groups.Length < 2 ? 0 : ((byFold / (groups.Length - 1)) - replicateSquare) / (seeds * units);
        return new(
            groups.Length < 2 ? null : Math.Max(0, fold),
            Math.Max(0, (replicateSquare - residual) / units),
            Math.Max(0, ((byUnit / (units - 1)) - residual) / values.Replicates),
            Math.Max(0, residual));
    }

    /// <summary>Patients lie in folds: what is within folds, pooled over them.</summary>
    private static VarianceComponents Nested(Group[] groups)
    {
        double byReplicate = groups.Sum(g => g.ByRow);
        double byUnit = groups.Sum(g => g.ByColumn);
        double rest = groups.Sum(g => g.Squares(g.Mean)) - byReplicate - byUnit;
        double residual = rest / groups.Sum(g => g.RowDegrees * g.ColumnDegrees);
        double replicate = (byReplicate - (groups.Sum(g => g.RowDegrees) * residual)) / groups.Sum(g => g.RowDegrees * g.Columns.Length);
        double unit = (byUnit - (groups.Sum(g => g.ColumnDegrees) * residual)) / groups.Sum(g => g.ColumnDegrees * g.Rows.Length);
        return new(null, Math.Max(0, replicate), Math.Max(0, unit), Math.Max(0, residual));
    }

    private static double Square(double value) => value * value;

    /// <summary>The rows of one fold, and the columns that any of them has.</summary>
    private sealed record Group(Crossed Values, int[] Rows, int[] Columns)
    {
        public bool Complete => Rows.All(r => Columns.All(c => Values[r, c] is not null));

        public double Mean { get; } = Rows.Average(r => Columns.Average(c => Values[r, c] ?? double.NaN));

        /// <summary>Sum of squares between rows.</summary>
        public double ByRow => Columns.Length * Rows.Sum(r => Square(Columns.Average(c => Values[r, c]!.Value) - Mean));

        /// <summary>Sum of squares between columns.</summary>
        public double ByColumn => Rows.Length * Columns.Sum(c => Square(Rows.Average(r => Values[r, c]!.Value) - Mean));

        public double RowDegrees => Rows.Length - 1;

        public double ColumnDegrees => Columns.Length - 1;

        public static Group Of(Crossed values, int[] rows) =>
            new(values, rows, [.. Enumerable.Range(0, values.Units).Where(c => rows.Any(r => values[r, c] is not null))]);

        public double Squares(double mean) => Rows.Sum(r => Columns.Sum(c => Square(Values[r, c]!.Value - mean)));
    }
}
