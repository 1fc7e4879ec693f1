using AdvSeg.Imaging.Cohorts;

namespace AdvSeg.Imaging.Phantoms;

/// <summary>From a patient's draws to its normalised volume.</summary>
internal static class PatientRenderer
{
    public static CohortVolume Render(string id, bool aggressive, PatientDraws draws, Grid grid, Difficulty difficulty)
    {
        PhantomPatient patient = PhantomPatient.Draw(draws, aggressive, difficulty);
        int slices = patient.Anatomy.Slices;
        var t2w = new double[slices * grid.Pixels];
        var adc = new double[slices * grid.Pixels];
        var b1500 = new double[slices * grid.Pixels];
        var labels = new byte[slices * grid.Pixels];
        for (int slice = 0; slice < slices; slice++)
        {
            TissueSlice body = SlicePainter.Paint(patient, draws, grid, slice);
            var acquisition = new Acquisition(patient.Scanner, draws, grid, slice);
            DiffusionImages diffusion = acquisition.Diffusion(body.Tissues);
            int start = slice * grid.Pixels;
            acquisition.T2Weighted(body.Tissues).CopyTo(t2w, start);
            diffusion.Adc.CopyTo(adc, start);
            diffusion.B1500.CopyTo(b1500, start);
            body.Labels.CopyTo(labels, start);
        }

        return new CohortVolume(id, aggressive, slices, grid.Size, Normalisation.Interleave(t2w, adc, b1500, slices), labels);
    }
}
