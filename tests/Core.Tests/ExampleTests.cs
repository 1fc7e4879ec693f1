using System.Text.RegularExpressions;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Plans;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;

namespace AdvSeg.Core.Tests;

/// <summary>What <c>examples/README.md</c> says of each sweep file is what the file asks for.</summary>
public sealed partial class ExampleTests
{
    private static readonly string Folder = SchemaTests.RepositoryFile("examples");

    /// <summary>File and number of runs, as the page's table has them.</summary>
    public static TheoryData<string, int> Table { get; } = ReadTable();

    [Fact]
    public void Table_OfThePage_NamesEveryFile() =>
        Assert.Equal(
            Directory.GetFiles(Folder, "*.yaml").Select(Path.GetFileName).Order(StringComparer.Ordinal),
            Table.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Table))]
    public void Example_Planned_HasTheRunsOfTheTable(string file, int runs)
    {
        SweepSpec spec = SweepYaml.Read(File.ReadAllText(Path.Combine(Folder, file)), file);
        CohortManifest cohort = ManifestOf(spec.Cohort, "cohort");
        CohortManifest? evaluation = spec.EvaluationCohort is { } source ? ManifestOf(source, "evaluation") : null;

        PlanSummary summary = PlanSummary.Of(Planner.Plan(spec, Cohorts.Inputs(cohort, evaluation)), cohort, evaluation);

        Assert.Equal(runs, summary.TuningRuns + summary.CrossValidationRuns - summary.SharedRuns + summary.AblationRuns);
        Assert.Equal(Path.GetFileNameWithoutExtension(file), spec.Name);
    }

    [Theory]
    [MemberData(nameof(Table))]
    public void Example_InAnEditor_IsWhatTheSchemaAllows(string file, int runs)
    {
        Assert.True(runs > 0);
        Assert.Empty(SchemaTests.Errors(File.ReadAllText(Path.Combine(Folder, file))));
    }

    /// <summary>Of the size that the file gives, or that the commands in its head make.</summary>
    private static CohortManifest ManifestOf(CohortSource source, string tag) => source switch
    {
        FolderCohort { Path: "cohort" } => Cohorts.Make(16, 8, tag: tag),
        FolderCohort { Path: "external" } => Cohorts.Make(6, 0, tag: tag),
        _ => PresetTests.ManifestOf(source, tag),
    };

    private static TheoryData<string, int> ReadTable()
    {
        TheoryData<string, int> table = [];
        foreach (Match row in Row().Matches(File.ReadAllText(Path.Combine(Folder, "README.md"))))
        {
            table.Add(row.Groups["file"].Value, int.Parse(row.Groups["runs"].ValueSpan));
        }

        return table;
    }

    [GeneratedRegex(@"^\| \[(?<file>[^\]]+\.yaml)\]\([^|]+\|[^|]+\| (?<runs>\d+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
