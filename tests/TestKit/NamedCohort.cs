using System.Text;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;

namespace AdvSeg.TestKit;

/// <summary>Manifests of cohorts without images. Content digests are made from ids, so equal arguments give equal cohorts.</summary>
public static class NamedCohort
{
    public static CohortManifest Of(
        IEnumerable<CohortPatient> patients, string description = "names only", int size = 64, double millimetres = 1.5) =>
        new()
        {
            Description = description,
            Channels = CohortLayout.Paper.Channels,
            Size = size,
            PixelMillimetres = millimetres,
            Patients = [.. patients],
        };

    /// <summary>A patient of two slices more than show tumour.</summary>
    /// <param name="id">The patient's id.</param>
    /// <param name="tumourSlices">Slices with tumour; 0 for a lesion-free patient.</param>
    /// <param name="tag">Part of what the content digest is made from: another tag is another patient of the same name.</param>
    public static CohortPatient Patient(string id, int tumourSlices, string tag = "") =>
        new(id, tumourSlices > 0, tumourSlices + 2, tumourSlices, $"patients/{id}", Digest.Of(Encoding.UTF8.GetBytes($"{tag}/{id}")));
}
