using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Reporting.Html;

namespace AdvSeg.Reporting.Cohorts;

/// <summary>
/// Pages on a cohort that need no other file: what a check found, with pictures of those it found something of, and its patients in pictures.
/// Patients are added as they are read, and of each only its picture stays.
/// </summary>
/// <param name="manifest">Of the cohort.</param>
/// <param name="most">Pictures; a page of thousands would open nowhere.</param>
public sealed class CohortPage(CohortManifest manifest, int most)
{
    private const int Side = 150;
    private readonly List<(byte[] Png, string Caption)> _pictures = [];
    private int _left;

    /// <param name="patient">Whose picture is shown.</param>
    /// <param name="findings">What was found of it, below.</param>
    public void Add(CohortVolume patient, IReadOnlyList<Finding> findings)
    {
        if (_pictures.Count == most)
        {
            _left++;
            return;
        }

        string found = string.Concat(findings.Select(finding => $" {Kebab.Of(finding.Severity)}: {finding.Message}"));
        _pictures.Add((PatientPicture.Png(patient, Side), $"{PatientPicture.Caption(patient)}.{found}"));
    }

    /// <summary>What a check found.</summary>
    public byte[] Of(CohortCheck check)
    {
        var page = new HtmlPage("Check of a cohort");
        Head(page);
        int errors = check.Findings.Count(finding => finding.Severity == Severity.Error);
        page.Paragraph(check.Findings.Count == 0
            ? $"All files of {check.Patients} patients are complete and as the manifest says; nothing else was found."
            : $"All files of {check.Patients} patients are complete and as the manifest says. Errors, which are to be mended before anything is "
                + $"trained: {errors}. Warnings, which are to be looked at: {check.Findings.Count - errors}.");
        if (check.Findings.Count > 0)
        {
            page.Table(
                "Findings",
                ["severity", "check", "patient", "what was found, and what to do"],
                check.Findings.OrderByDescending(finding => finding.Severity).Select(
                    finding => (IReadOnlyList<string>)[Kebab.Of(finding.Severity), finding.Check, finding.Patient, finding.Message]));
            Pictures(page, "Patients with findings");
        }

        return page.Bytes();
    }

    /// <summary>The patients.</summary>
    public byte[] Sheet()
    {
        var page = new HtmlPage("Patients of a cohort");
        Head(page);
        page.Table(
            "Patients",
            ["patient", "tumour", "slices", "with tumour"],
            manifest.Patients.Select(
                p => (IReadOnlyList<string>)[p.Id, p.Positive ? "yes" : "no", $"{p.Slices}", $"{p.TumourSlices}"]));
        Pictures(page, "Pictures");
        return page.Bytes();
    }

    private void Head(HtmlPage page)
    {
        page.Paragraph($"{manifest.Description}. Digest {manifest.ComputeDigest()}; {manifest.Patients.Count} patients, "
            + $"{manifest.Patients.Count(p => p.Positive)} with tumour; {manifest.Size} x {manifest.Size} pixels of "
            + $"{manifest.PixelMillimetres:0.###} mm.");
        page.Paragraph("This page shows patients: keep it where their images may be.", isNote: true);
    }

    private void Pictures(HtmlPage page, string heading)
    {
        page.Heading(heading);
        page.Paragraph($"The slice with the most tumour, or with the most gland: {string.Join(", ", manifest.Channels)}, and the first again with "
            + $"{string.Join(", ", PatientPicture.Legend(manifest.Layout).Select(drawn => $"{drawn.Name} in {drawn.Colour}"))}.", isNote: true);
        foreach ((byte[] png, string caption) in _pictures)
        {
            page.Picture(png, caption);
        }

        if (_left > 0)
        {
            page.Paragraph($"{_left} more are not shown.", isNote: true);
        }
    }
}
