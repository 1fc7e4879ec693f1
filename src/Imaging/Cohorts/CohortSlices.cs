using System.Buffers;
using System.Runtime.InteropServices;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using Microsoft.Win32.SafeHandles;

namespace AdvSeg.Imaging.Cohorts;

/// <summary>
/// Reads single slices of a cohort folder's patient files, which are not compressed. A cohort that is larger than memory is trained on in this way.
/// Nothing is verified; <see cref="CohortFolder.ReadPatient"/> does that first.
/// </summary>
/// <param name="folder">Of the cohort.</param>
/// <param name="manifest">Its manifest.</param>
/// <param name="crop">Height and width of the central square that is read.</param>
public sealed class CohortSlices(string folder, CohortManifest manifest, int crop)
{
    private readonly int _size = manifest.Size;
    private readonly int _margin = (manifest.Size - crop) / 2;

    /// <summary>One slice, cropped.</summary>
    /// <param name="patient">Whose.</param>
    /// <param name="slice">Its number, from 0.</param>
    /// <param name="images">Channels x crop x crop.</param>
    /// <param name="labels">Crop x crop.</param>
    /// <exception cref="SpecException">The file was cut short.</exception>
    /// <exception cref="IOException">The file cannot be read now; nor can it on <see cref="UnauthorizedAccessException"/>.</exception>
    public void Read(CohortPatient patient, int slice, Span<float> images, Span<byte> labels)
    {
        using SafeFileHandle file = Open(patient);
        long plane = (long)_size * _size;
        int channels = manifest.Channels.Count;
        for (int channel = 0; channel < channels; channel++)
        {
            long at = CohortFile.ImagesAt(patient) + (((slice * channels) + channel) * plane * sizeof(float));
            Rows(file, patient, at, MemoryMarshal.AsBytes(images.Slice(channel * crop * crop, crop * crop)), sizeof(float));
        }

        Rows(file, patient, CohortFile.LabelsAt(patient, manifest) + (slice * plane), labels, sizeof(byte));
    }

    /// <summary>The labels of one slice, crop x crop.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public void ReadLabels(CohortPatient patient, int slice, Span<byte> labels)
    {
        using SafeFileHandle file = Open(patient);
        Rows(file, patient, CohortFile.LabelsAt(patient, manifest) + ((long)slice * _size * _size), labels, sizeof(byte));
    }

    /// <summary>The labels of a patient before any crop, slices x size x size.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public byte[] ReadUncutLabels(CohortPatient patient)
    {
        using SafeFileHandle file = Open(patient);
        var labels = new byte[(long)patient.Slices * _size * _size];
        Fill(file, patient, CohortFile.LabelsAt(patient, manifest), labels);
        return labels;
    }

    /// <summary>Anew for each slice, because a handle on a network may be stale for good.</summary>
    private SafeFileHandle Open(CohortPatient patient) => File.OpenHandle(Path.Combine(folder, patient.File));

    /// <summary>The central square of a plane of values.</summary>
    private void Rows(SafeFileHandle file, CohortPatient patient, long plane, Span<byte> target, int bytesPerValue)
    {
        if (crop == _size)
        {
            Fill(file, patient, plane, target);
            return;
        }

        int rowBytes = _size * bytesPerValue;
        int wanted = crop * bytesPerValue;
        byte[] rows = ArrayPool<byte>.Shared.Rent(crop * rowBytes);
        try
        {
            Span<byte> read = rows.AsSpan(0, crop * rowBytes);
            Fill(file, patient, plane + ((long)_margin * rowBytes), read);
            for (int row = 0; row < crop; row++)
            {
                read.Slice((row * rowBytes) + (_margin * bytesPerValue), wanted).CopyTo(target[(row * wanted)..]);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rows);
        }
    }

    private static void Fill(SafeFileHandle file, CohortPatient patient, long at, Span<byte> target)
    {
        while (target.Length > 0)
        {
            int count = RandomAccess.Read(file, target, at);
            if (count == 0)
            {
                throw new SpecException($"The file of patient {patient.Id} is shorter than its manifest says; fetch or import the cohort again.");
            }

            at += count;
            target = target[count..];
        }
    }
}
