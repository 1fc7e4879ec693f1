using System.Globalization;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Cohorts;

namespace AdvSeg.Client.Local;

/// <summary>Predicted studies as data on stdout.</summary>
internal static class PredictedTable
{
    public static void Write(IReadOnlyList<PredictedStudy> studies, CohortLayout layout, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            Tables.WriteJson(studies);
            return;
        }

        string[] classes = [.. layout.Classes.Skip(1)];
        Tables.Write(
            ["STUDY", "TUMOUR SLICES", .. classes.Select(name => $"{name.ToUpperInvariant()} [ML]")],
            studies.Select(found => (IReadOnlyList<string>)
            [
                found.Study,
                found.Problem is null ? $"{found.TumourSlices}" : "refused",
                .. classes.Select((_, i) => found.Problem is null
                    ? found.Classes[i].Millilitres.ToString("0.00", CultureInfo.InvariantCulture)
                    : "-"),
            ]));
    }
}
