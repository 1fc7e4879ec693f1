using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.Client.Tests;

/// <summary><c>plan</c> says which tumour the networks will not see, before anything is trained.</summary>
public sealed class CropPlanTests
{
    private const byte Tumour = 1;

    [Fact]
    public async Task Plan_OfACropThatCutsTumourOff_CountsItAndRefusesAFoldThatSeesNone()
    {
        using var folder = new TempFolder();
        Cohort rendered = Phantom.Render(new PhantomCohort(12, 2, 40, 3));
        CohortVolume first = rendered.Patients[0];
        Save(folder.Under("one"), rendered, patient => patient == first.Patient);
        Save(folder.Under("all"), rendered, _ => true);

        CommandResult one = await PlanAsync(folder, "one"), all = await PlanAsync(folder, "all");

        int pixels = 4 * first.TumourSlices;
        Assert.True(one.ExitCode == 0, one.Error);
        Assert.Contains(
            $"Warning of the cohort: The crop of 32 pixels cuts {pixels} tumour pixels off 1 patient(s): {first.Patient} ({pixels} of "
                + $"{pixels} pixels).",
            one.Error.ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Equal(65, all.ExitCode);
        Assert.Contains("Fold 0 cannot be trained. The crop of 32 pixels cuts off all tumour of every selection patient: A", all.Error);
        Assert.Contains("Use a larger protocol.cropSize", all.Error);
    }

    private static async Task<CommandResult> PlanAsync(TempFolder folder, string cohort)
    {
        await File.WriteAllTextAsync(
            folder.Under($"{cohort}.yaml"),
            $"apiVersion: advseg/v1\npreset: smoke\nname: x\ncohort: {{folder: {cohort}}}\nevaluationCohort: none\n",
            TestContext.Current.CancellationToken);
        return await AdvSegProcess.RunInAsync(folder.Path, "plan", $"{cohort}.yaml");
    }

    /// <summary>Chosen patients have four pixels of tumour in a corner of each slice that had tumour.</summary>
    private static void Save(string path, Cohort rendered, Func<string, bool> isMoved)
    {
        CohortVolume Moved(CohortVolume patient)
        {
            byte[] labels = [.. patient.Labels];
            for (int slice = 0; slice < patient.Slices; slice++)
            {
                Span<byte> plane = labels.AsSpan(slice * patient.Size * patient.Size, patient.Size * patient.Size);
                if (plane.Contains(Tumour))
                {
                    plane.Replace(Tumour, (byte)2);
                    plane[..4].Fill(Tumour);
                }
            }

            return patient with { Labels = labels };
        }

        Cohort.Save(path, Cohort.Create(
            "Cut", rendered.Manifest.PixelMillimetres, rendered.Patients.Select(p => p.Positive && isMoved(p.Patient) ? Moved(p) : p)));
    }
}
