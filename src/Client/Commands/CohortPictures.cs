using System.CommandLine;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Reporting.Cohorts;

namespace AdvSeg.Client.Commands;

/// <summary>Files that show a cohort's patients. Patients are read one at a time.</summary>
internal static class CohortPictures
{
    /// <summary>Most pictures on the page of a check.</summary>
    private const int MostFindings = 50;

    public static readonly Option<string?> PngFile =
        new("--png") { Description = "Draw the patients on one sheet, a PNG file.", HelpName = "FILE" };

    public static readonly Option<string?> HtmlFile =
        new("--html") { Description = "Write a page with pictures that needs no other file.", HelpName = "FILE" };

    public static readonly Option<int> Most = MostOption();

    /// <summary>Sheet and page, as far as they are asked for.</summary>
    /// <exception cref="SpecException">The folder is no cohort, or one of its files is not as the manifest says.</exception>
    public static void Draw(string folder, ParseResult parsed, CancellationToken cancellationToken)
    {
        (string? png, string? html) = (parsed.GetValue(PngFile), parsed.GetValue(HtmlFile));
        if (png is null && html is null)
        {
            return;
        }

        CohortManifest manifest = CohortFolder.ReadManifest(folder);
        int count = Math.Min(parsed.GetValue(Most), manifest.Patients.Count);
        using ContactSheet? sheet = png is null ? null : new ContactSheet(manifest, count);
        CohortPage? page = html is null ? null : new CohortPage(manifest, count);
        foreach (CohortPatient patient in manifest.Patients.Take(count))
        {
            cancellationToken.ThrowIfCancellationRequested();
            CohortVolume volume = CohortFolder.ReadPatient(folder, manifest, patient);
            sheet?.Add(volume);
            page?.Add(volume, []);
        }

        Write(png, sheet?.Png());
        Write(html, page?.Sheet());
    }

    /// <summary>Checks a cohort, and writes the page where it is asked for.</summary>
    /// <exception cref="SpecException">A file is not as the manifest says.</exception>
    public static CohortCheck Check(string folder, int? crop, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(HtmlFile) is not { } html)
        {
            return CohortChecks.Run(folder, crop, null, cancellationToken);
        }

        var page = new CohortPage(CohortFolder.ReadManifest(folder), MostFindings);
        CohortCheck check = CohortChecks.Run(
            folder,
            crop,
            (volume, findings) =>
            {
                if (findings.Count > 0)
                {
                    page.Add(volume, findings);
                }
            },
            cancellationToken);
        Write(html, page.Of(check));
        return check;
    }

    private static void Write(string? file, byte[]? data)
    {
        if (file is not null && data is not null)
        {
            File.WriteAllBytes(file, data);
            Terminal.Current.Say($"Wrote {Path.GetFullPath(file)}.");
        }
    }

    private static Option<int> MostOption()
    {
        Option<int> option = Shared.Ranged<int>("--most", "N", "Patients to draw, the first of the manifest.", 1, 1000);
        option.DefaultValueFactory = _ => 100;
        return option;
    }
}
