using System.Collections.Concurrent;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Imaging.Cohorts;

namespace AdvSeg.Imaging.Imports;

/// <summary>What an import did.</summary>
/// <param name="Manifest">Of the new cohort.</param>
/// <param name="LeftOut">Studies that are not in it, by name.</param>
/// <param name="Warnings">What a data manager should look at.</param>
/// <param name="Resumed">Patients that an earlier, unfinished import had done.</param>
public sealed record ImportResult(
    CohortManifest Manifest, IReadOnlyList<LeftOut> LeftOut, IReadOnlyList<string> Warnings, int Resumed)
{
    /// <summary>What became of folds that came with the data: a sentence; null where none did.</summary>
    public string? Splits { get; init; }
}

/// <summary>
/// Makes a cohort of patients' files, several patients at a time and of each worker one in memory. The result does not depend on how many
/// workers there are, nor on whether it was interrupted.
/// </summary>
public static class CohortImport
{
    /// <summary>Raised when the same files give other voxels or warnings: what an earlier version left unfinished is then not taken up.</summary>
    private const int Revision = 4;

    private const int MostNamed = 20;

    /// <summary>Slice distances that differ by less are the same, mm: headers round them.</summary>
    private const double SameDistance = 0.01;

    /// <param name="folder">The new cohort's folder.</param>
    /// <param name="found">What to import.</param>
    /// <param name="settings">How.</param>
    /// <param name="workers">Patients at a time.</param>
    /// <param name="leaveOutBad">Studies that cannot be used are left out by name instead of stopping the import.</param>
    /// <param name="progress">Told how many patients are done.</param>
    /// <param name="cancellationToken">Stops between studies; what is done is kept for the next time.</param>
    /// <exception cref="SpecException">Studies cannot be used, none is left, or the folder is there already.</exception>
    public static ImportResult Run(
        string folder, FoundStudies found, ImportSettings settings, int workers, bool leaveOutBad, IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        settings = settings.Checked();
        using var stage = ImportStage.Open(folder);
        ConcurrentBag<StagedPatient> staged = [];
        var faults = new Faults();
        (int done, int resumed) = (0, 0);
        IGrouping<string, StudyFiles>[] patients = [.. found.Studies.GroupBy(study => study.Patient, StringComparer.Ordinal)];
        foreach (IGrouping<string, StudyFiles> patient in patients)
        {
            ManifestRules.CheckId(patient.Key, "The import");
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
        Parallel.ForEach(patients, options, patient =>
        {
            string key = KeyOf(patient, found.Layout, settings);
            if (stage.Find(patient.Key, key) is { } known)
            {
                staged.Add(known);
                Interlocked.Increment(ref resumed);
            }
            else if (Import(patient, found.Layout, settings, key, stage, faults, cancellationToken) is { } imported)
            {
                staged.Add(imported);
            }

            progress?.Report(Interlocked.Increment(ref done));
        });
        return Finish(stage, found, settings, [.. staged], faults, leaveOutBad, resumed);
    }

    /// <returns>Null: no study of the patient can be used, which <paramref name="faults"/> tell.</returns>
    private static StagedPatient? Import(
        IEnumerable<StudyFiles> studies, CohortLayout layout, ImportSettings settings, string key, ImportStage stage, Faults faults,
        CancellationToken cancellationToken)
    {
        List<string> warnings = [];
        List<ImportedStudy> read = [];
        List<StudyFiles> failed = [];
        foreach (StudyFiles study in studies.OrderBy(study => study.Study, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                read.Add(StudyReader.Read(study, settings, warnings.Add));
            }
            catch (SpecException e)
            {
                faults.Bad.Add(new LeftOut(study.Name, e.Message));
                failed.Add(study);
            }
        }

        if (read.Count == 0)
        {
            return null;
        }

        if (failed.Find(study => study.Positive != false) is { } lost && !read.Exists(study => study.Volume.Positive))
        {
            // Without that study the patient would pass for one without tumour.
            foreach (StudyFiles study in studies.Except(failed))
            {
                faults.Orphaned.Add(FoundStudies.WithoutItsPositive(study.Name, lost.Name));
            }

            return null;
        }

        try
        {
            CohortFile.RequireWritable(
                studies.First().Patient, read.Sum(study => study.Volume.Slices), settings.Size, layout.Channels.Count);
        }
        catch (SpecException e)
        {
            faults.Bad.Add(new LeftOut(studies.First().Name, e.Message));
            return null;
        }

        CohortVolume volume = Merge([.. read.Select(study => study.Volume)]);
        Finding[] findings = [.. PatientChecks.Of(volume, layout, settings.Spacing)];
        if (Array.Find(findings, finding => finding.Severity == Severity.Error) is { } error)
        {
            faults.Bad.Add(new LeftOut(studies.First().Name, error.Message));
            return null;
        }

        byte[] data = CohortFile.Write(volume, layout);
        var staged = new StagedPatient(
            key,
            CohortFolder.Describe(volume, data, settings.Size),
            Common(read.Select(study => (double?)study.SliceMillimetres)),
            [.. warnings, .. findings.Select(finding => $"{finding.Patient}: {finding.Message.TrimEnd('.')}")],
            PatientChecks.Slices(volume));
        if (failed.Count == 0)
        {
            stage.Put(volume, staged, data);
        }
        else
        {
            // Not to be taken up again: the bad study may be mended by then.
            stage.Put(volume, staged with { Key = "" }, data);
        }

        return staged;
    }

    private static ImportResult Finish(
        ImportStage stage, FoundStudies found, ImportSettings settings, StagedPatient[] staged, Faults faults, bool leaveOutBad, int resumed)
    {
        LeftOut[] bad = [.. faults.Bad.OrderBy(study => study.Study, StringComparer.Ordinal)];
        LeftOut[] orphaned = [.. faults.Orphaned.OrderBy(study => study.Study, StringComparer.Ordinal)];
        if (bad.Length > 0 && (!leaveOutBad || staged.Length == 0))
        {
            string more = bad.Length > MostNamed ? $"; and {bad.Length - MostNamed} more" : "";
            IEnumerable<string> reasons = bad.Take(MostNamed).Select(
                study => study.Reason.Contains(study.Study, StringComparison.Ordinal) ? study.Reason : $"{study.Study}: {study.Reason}");
            string listed = string.Join("; ", reasons.Select(reason => reason.TrimEnd('.')));
            throw new SpecException($"{bad.Length} of {found.Studies.Count} studies cannot be imported: {listed}{more}. Mend "
                + "them and run the same command again, which goes on where this one stopped, or leave them out with --leave-out-bad.");
        }

        RefuseOnePersonUnderTwoNames(staged, found.Layout);
        double? distance = Common(staged.Select(patient => patient.SliceMillimetres));
        int imported = found.Studies.Count - bad.Length - orphaned.Length;
        CohortManifest manifest = CohortFolder.MakeManifest(
            CohortFolder.Head(found.Describe(imported), settings.Spacing, distance, settings.Size, found.Layout),
            staged.Select(patient => patient.Patient));
        (byte[]? splits, string? remark) = found.Splits is { } given ? OfferedSplits.Of(given, found.Studies, manifest) : (null, null);
        stage.Finish(manifest, splits);
        string[] warnings =
        [
            .. staged.SelectMany(patient => patient.Warnings).Order(StringComparer.Ordinal),
            .. distance is null ? (string[])["The studies have different slice distances; the manifest gives none, and distances count 3 mm"] : [],
        ];
        return new ImportResult(manifest, [.. found.LeftOut, .. bad, .. orphaned], warnings, resumed) { Splits = remark };
    }

    /// <exception cref="SpecException">Two patients have a slice in common.</exception>
    private static void RefuseOnePersonUnderTwoNames(IEnumerable<StagedPatient> staged, CohortLayout layout)
    {
        var slices = new SharedSlices(layout);
        Finding[] shared =
        [
            .. staged.OrderBy(patient => patient.Patient.Id, StringComparer.Ordinal)
                .SelectMany(patient => slices.Add(patient.Patient.Id, patient.Slices)),
        ];
        if (shared.Length > 0)
        {
            string more = shared.Length > MostNamed ? $"; and {shared.Length - MostNamed} more" : "";
            throw new SpecException($"{string.Join("; ", shared.Take(MostNamed).Select(found => $"{found.Patient}: {found.Message.TrimEnd('.')}"))}"
                + $"{more}. Then run the same command again, which goes on where this one stopped.");
        }
    }

    /// <summary>The least of the distances where they differ by rounding of headers alone, whatever their order; else null.</summary>
    private static double? Common(IEnumerable<double?> distances)
    {
        double?[] sorted = [.. distances.Distinct().Order()];
        return sorted[0] is { } least && sorted[^1] - least < SameDistance ? Math.Round(least, 3) : null;
    }

    /// <summary>All studies of a patient as one stack of slices.</summary>
    private static CohortVolume Merge(CohortVolume[] studies) => studies.Length == 1 ? studies[0] : studies[0] with
    {
        Positive = studies.Any(study => study.Positive),
        Slices = studies.Sum(study => study.Slices),
        Images = [.. studies.SelectMany(study => study.Images)],
        Labels = [.. studies.SelectMany(study => study.Labels)],
    };

    /// <summary>A key of settings and input files; a changed file is known by its time or length.</summary>
    private static string KeyOf(IEnumerable<StudyFiles> studies, CohortLayout layout, ImportSettings settings) => Digest.OfJson(new
    {
        Revision,
        Settings = settings,
        Layout = layout.Equals(CohortLayout.Paper) ? null : layout,
        Studies = studies.OrderBy(study => study.Study, StringComparer.Ordinal).Select(study => new
        {
            study.Study,
            study.Positive,
            study.IsPairedByVoxel,
            Meanings = study.Labels.Select(label => label.Map ?? label.Meaning),
            Files = study.Paths.Select(path => new
            {
                Path = Path.GetFullPath(path),
                Length = File.Exists(path) ? new FileInfo(path).Length : 0,
                Written = File.GetLastWriteTimeUtc(path).Ticks,
            }),
        }),
    });

    /// <summary>Studies that are not imported: those that cannot be used, and those that must not stay without them.</summary>
    private sealed class Faults
    {
        public ConcurrentBag<LeftOut> Bad { get; } = [];

        public ConcurrentBag<LeftOut> Orphaned { get; } = [];
    }
}
