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
    CohortManifest Manifest, IReadOnlyList<LeftOut> LeftOut, IReadOnlyList<string> Warnings, int Resumed);

/// <summary>
/// Makes a cohort of patients' files, several patients at a time and of each worker one in memory. The result does not depend on how many
/// workers there are, nor on whether it was interrupted.
/// </summary>
public static class CohortImport
{
    /// <summary>Raised when the same files give other voxels: what an earlier version left unfinished is then not taken up.</summary>
    private const int Revision = 1;

    private const int MostNamed = 20;

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
        ConcurrentBag<LeftOut> bad = [];
        (int done, int resumed) = (0, 0);
        IGrouping<string, StudyFiles>[] patients = [.. found.Studies.GroupBy(study => study.Patient, StringComparer.Ordinal)];
        foreach (IGrouping<string, StudyFiles> patient in patients)
        {
            ManifestRules.CheckId(patient.Key, "The import");
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken };
        Parallel.ForEach(patients, options, patient =>
        {
            string key = KeyOf(patient, settings);
            if (stage.Find(patient.Key, key) is { } known)
            {
                staged.Add(known);
                Interlocked.Increment(ref resumed);
            }
            else if (Import(patient, settings, key, stage, bad, cancellationToken) is { } imported)
            {
                staged.Add(imported);
            }

            progress?.Report(Interlocked.Increment(ref done));
        });
        return Finish(stage, found, settings, [.. staged], [.. bad.OrderBy(study => study.Study, StringComparer.Ordinal)], leaveOutBad, resumed);
    }

    /// <returns>Null: no study of the patient can be used, which <paramref name="bad"/> tells.</returns>
    private static StagedPatient? Import(
        IEnumerable<StudyFiles> studies, ImportSettings settings, string key, ImportStage stage, ConcurrentBag<LeftOut> bad,
        CancellationToken cancellationToken)
    {
        List<string> warnings = [];
        List<ImportedStudy> read = [];
        bool hasFailed = false;
        foreach (StudyFiles study in studies.OrderBy(study => study.Study, StringComparer.Ordinal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                read.Add(StudyReader.Read(study, settings, warnings.Add));
            }
            catch (SpecException e)
            {
                bad.Add(new LeftOut(study.Name, e.Message));
                hasFailed = true;
            }
        }

        if (read.Count == 0)
        {
            return null;
        }

        CohortVolume volume = Merge([.. read.Select(study => study.Volume)]);
        byte[] data = CohortFile.Write(volume);
        double distance = read[0].SliceMillimetres;
        var staged = new StagedPatient(
            key,
            CohortFolder.Describe(volume, data, settings.Size),
            read.TrueForAll(study => IsSame(study.SliceMillimetres, distance)) ? distance : null,
            warnings);
        if (!hasFailed)
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
        ImportStage stage, FoundStudies found, ImportSettings settings, StagedPatient[] staged, LeftOut[] bad, bool leaveOutBad, int resumed)
    {
        if (bad.Length > 0 && (!leaveOutBad || staged.Length == 0))
        {
            string more = bad.Length > MostNamed ? $"; and {bad.Length - MostNamed} more" : "";
            IEnumerable<string> reasons = bad.Take(MostNamed).Select(
                study => study.Reason.Contains(study.Study, StringComparison.Ordinal) ? study.Reason : $"{study.Study}: {study.Reason}");
            throw new SpecException($"{bad.Length} of {found.Studies.Count} studies cannot be imported: {string.Join("; ", reasons)}{more}. Mend "
                + "them and run the same command again, which goes on where this one stopped, or leave them out with --leave-out-bad.");
        }

        double?[] distances = [.. staged.Select(patient => patient.SliceMillimetres).Distinct()];
        double? distance = distances.All(d => d is not null && IsSame(d.Value, distances[0]!.Value)) ? Math.Round(distances[0]!.Value, 3) : null;
        CohortManifest manifest = CohortFolder.MakeManifest(
            CohortFolder.Head(found.Description, settings.Spacing, distance, settings.Size), staged.Select(patient => patient.Patient));
        stage.Finish(manifest);
        string[] warnings =
        [
            .. staged.SelectMany(patient => patient.Warnings).Order(StringComparer.Ordinal),
            .. distance is null ? (string[])["The studies have different slice distances; the manifest gives none, and distances count 3 mm"] : [],
        ];
        return new ImportResult(manifest, [.. found.LeftOut, .. bad], warnings, resumed);
    }

    /// <summary>Slice distances that headers round differently.</summary>
    private static bool IsSame(double a, double b) => Math.Abs(a - b) < 0.01;

    /// <summary>All studies of a patient as one stack of slices.</summary>
    private static CohortVolume Merge(CohortVolume[] studies) => studies.Length == 1 ? studies[0] : studies[0] with
    {
        Positive = studies.Any(study => study.Positive),
        Slices = studies.Sum(study => study.Slices),
        Images = [.. studies.SelectMany(study => study.Images)],
        Labels = [.. studies.SelectMany(study => study.Labels)],
    };

    /// <summary>A file that was changed has another time or length.</summary>
    private static string KeyOf(IEnumerable<StudyFiles> studies, ImportSettings settings) => Digest.OfJson(new
    {
        Revision,
        Settings = settings,
        Studies = studies.OrderBy(study => study.Study, StringComparer.Ordinal).Select(study => new
        {
            study.Study,
            study.Positive,
            Meanings = study.Labels.Select(label => label.Meaning),
            Files = study.Paths.Select(path => new
            {
                Path = Path.GetFullPath(path),
                new FileInfo(path).Length,
                Written = File.GetLastWriteTimeUtc(path).Ticks,
            }),
        }),
    });
}
