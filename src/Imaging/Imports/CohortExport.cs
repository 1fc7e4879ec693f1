using System.Text;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Metrics;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Formats;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.Imaging.Volumes;

namespace AdvSeg.Imaging.Imports;

/// <summary>
/// Writes patients of a cohort as files of other programs, in the layouts that the importers read: what is exported and imported again is the
/// same cohort, but for rounding. T2w and b1500 keep their normalised values, ADC is in 1e-6 mm2/s.
/// </summary>
public static class CohortExport
{
    private const string Study = "1";
    private const double AdcPerUnit = 1e3;
    private static readonly string[] PicaiImages = ["t2w", "adc", "hbv"];

    /// <summary>PI-CAI: MetaImages under images, NIfTI labels and the marksheet under picai_labels. Tumour is ISUP 2.</summary>
    /// <param name="folder">A new folder.</param>
    /// <param name="spacing">Of every patient.</param>
    /// <param name="patients">The patients, one at a time.</param>
    public static void Picai(string folder, VoxelSpacing spacing, IEnumerable<CohortVolume> patients) => NewFolder.Write(folder, partial =>
    {
        string labels = Path.Combine(partial, "picai_labels");
        string zones = Path.Combine(labels, PicaiFolder.Zones, PicaiFolder.ZoneSources[0]);
        string lesions = Path.Combine(labels, PicaiFolder.HumanLesions);
        string sheet = Path.Combine(labels, PicaiFolder.Marksheet);
        foreach (string made in (string[])[zones, lesions, Path.GetDirectoryName(sheet)!])
        {
            Directory.CreateDirectory(made);
        }

        var rows = new StringBuilder("patient_id,study_id,case_ISUP,case_csPCa\r\n");
        foreach (CohortVolume patient in patients)
        {
            string images = Directory.CreateDirectory(Path.Combine(partial, "images", patient.Patient)).FullName;
            string name = $"{patient.Patient}_{Study}";
            VolumeGeometry grid = GridOf(patient, spacing);
            for (int channel = 0; channel < PicaiImages.Length; channel++)
            {
                VolumeFile.Write(Path.Combine(images, $"{name}_{PicaiImages[channel]}.mha"), Volume.Of(grid, Image(patient, channel)));
            }

            VolumeFile.Write(Path.Combine(zones, $"{name}.nii.gz"), Volume.Of(grid, ZonesOf(patient)));
            VolumeFile.Write(Path.Combine(lesions, $"{name}.nii.gz"), Volume.Of(grid, Map(patient, 0, 2, 0, 0)));
            rows.Append($"{patient.Patient},{Study},{(patient.Positive ? "2,YES" : "0,NO")}\r\n");
        }

        File.WriteAllText(sheet, rows.ToString());
    });

    /// <summary>nnU-Net, version 2: imagesTr, labelsTr and dataset.json with the labels of a cohort.</summary>
    /// <inheritdoc cref="Picai" path="/param"/>
    public static void NnUnet(string folder, VoxelSpacing spacing, IEnumerable<CohortVolume> patients) => NewFolder.Write(folder, partial =>
    {
        string images = Directory.CreateDirectory(Path.Combine(partial, "imagesTr")).FullName;
        string labels = Directory.CreateDirectory(Path.Combine(partial, "labelsTr")).FullName;
        int count = 0;
        foreach (CohortVolume patient in patients)
        {
            VolumeGeometry grid = GridOf(patient, spacing);
            for (int channel = 0; channel < patient.Channels; channel++)
            {
                VolumeFile.Write(Path.Combine(images, $"{patient.Patient}_{channel:D4}.nii.gz"), Volume.Of(grid, Image(patient, channel)));
            }

            VolumeFile.Write(Path.Combine(labels, $"{patient.Patient}.nii.gz"), Volume.Of(grid, patient.Labels));
            count++;
        }

        File.WriteAllBytes(Path.Combine(partial, "dataset.json"), CanonicalJson.Write(new Dictionary<string, object>
        {
            ["channel_names"] = new Dictionary<string, string> { ["0"] = "T2w", ["1"] = "ADC", ["2"] = "b1500" },
            ["labels"] = new Dictionary<string, int> { ["background"] = 0, ["tumour"] = 1, ["peripheral-zone"] = 2, ["transition-zone"] = 3 },
            ["numTraining"] = count,
            ["file_ending"] = ".nii.gz",
        }));
    });

    /// <summary>Columns to the left, rows to the back, slices to the head; the middle of the first slice is the origin.</summary>
    private static VolumeGeometry GridOf(CohortVolume patient, VoxelSpacing spacing)
    {
        double half = (patient.Size - 1) / 2.0 * spacing.Pixel;
        return new VolumeGeometry(
            new VolumeSize(patient.Size, patient.Size, patient.Slices),
            new Point3(spacing.Pixel, spacing.Pixel, spacing.Slice),
            new Point3(-half, -half, 0),
            Matrix3.Identity);
    }

    private static float[] Image(CohortVolume patient, int channel)
    {
        var values = new float[patient.Labels.Length];
        int pixels = patient.Size * patient.Size;
        for (int slice = 0; slice < patient.Slices; slice++)
        {
            patient.SliceImage(slice, channel).CopyTo(values.AsSpan(slice * pixels, pixels));
        }

        return channel == 1 ? [.. values.Select(value => (float)(Normalisation.Adc(value) * AdcPerUnit))] : values;
    }

    /// <summary>Zones as a reader draws them, through the tumour: its pixels get the nearest zone of the slice.</summary>
    private static byte[] ZonesOf(CohortVolume patient)
    {
        byte[] zones = Map(patient, 0, 0, 1, 2);
        int plane = patient.Size * patient.Size;
        var edge = new Queue<int>(Enumerable.Range(0, zones.Length).Where(i => zones[i] > 0));
        while (edge.TryDequeue(out int at))
        {
            foreach ((int step, bool isBeside) in (ReadOnlySpan<(int, bool)>)
            [
                (-1, at % patient.Size > 0), (1, at % patient.Size < patient.Size - 1),
                (-patient.Size, at % plane >= patient.Size), (patient.Size, at % plane < plane - patient.Size),
            ])
            {
                if (isBeside && zones[at + step] == 0 && patient.Labels[at + step] == (byte)LabelClass.Tumour)
                {
                    zones[at + step] = zones[at];
                    edge.Enqueue(at + step);
                }
            }
        }

        return zones;
    }

    /// <summary>Labels with other values, by class.</summary>
    private static byte[] Map(CohortVolume patient, params byte[] values) => [.. patient.Labels.Select(label => values[label])];
}
