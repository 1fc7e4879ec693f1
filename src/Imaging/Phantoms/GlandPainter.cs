namespace AdvSeg.Imaging.Phantoms;

/// <summary>Paints the inside of the gland: two zones with their textures, benign mimics in them, then tumour.</summary>
internal static class GlandPainter
{
    /// <summary>Gland tissue at every pixel, also outside the gland, where it is masked later.</summary>
    public static Tissue[] Paint(
        PhantomPatient patient, GlandOutlines outlines, Grid grid, double z, Func<PhantomPart, double, double[]> texture)
    {
        Tissue[] tissues = PaintZones(patient.Anatomy, outlines, texture);
        foreach (Mimic mimic in patient.Mimics)
        {
            PaintMimic(tissues, mimic, patient.Anatomy, outlines, grid, z);
        }

        if (patient.Lesions.Count > 0)
        {
            double[] lesionTexture = texture(PhantomPart.LesionTexture, 1.5);
            foreach (Lesion lesion in patient.Lesions)
            {
                PaintLesion(tissues, lesion, patient.Anatomy, grid, z, lesionTexture);
            }
        }

        return tissues;
    }

    private static Tissue[] PaintZones(Anatomy anatomy, GlandOutlines outlines, Func<PhantomPart, double, double[]> texture)
    {
        double[] fine = texture(PhantomPart.FineTexture, 1.2);
        double[] coarse = texture(PhantomPart.CoarseTexture, 3);
        double[] medium = texture(PhantomPart.MediumTexture, 2);
        var tissues = new Tissue[fine.Length];
        for (int i = 0; i < tissues.Length; i++)
        {
            var peripheral = new Tissue(
                anatomy.PeripheralT2 * Math.Exp((0.14 * fine[i]) + (0.10 * coarse[i])),
                anatomy.PeripheralAdc * Math.Exp((0.05 * fine[i]) + (0.07 * coarse[i])),
                1,
                1);
            var transition = new Tissue(
                anatomy.TransitionT2 * Math.Exp((0.14 * medium[i]) + (0.06 * fine[i])),
                anatomy.TransitionAdc * Math.Exp((0.06 * medium[i]) + (0.03 * coarse[i])),
                1,
                1);
            tissues[i] = peripheral.Under(transition, outlines.InTransition[i]);
        }

        return tissues;
    }

    private static void PaintMimic(Tissue[] tissues, Mimic mimic, Anatomy anatomy, GlandOutlines outlines, Grid grid, double z)
    {
        if (mimic.Body.ScaleAt(z) is not double cut)
        {
            return;
        }

        foreach ((int i, Level level) in Near(mimic.Body, cut, anatomy, grid, z, 0.7))
        {
            double zone = mimic.Nodular ? outlines.InTransition[i] : 1 - outlines.InTransition[i];
            Tissue tissue = tissues[i];
            Tissue changed = tissue with { T2 = tissue.T2 * mimic.T2Factor, Adc = mimic.Adc ?? tissue.Adc * mimic.AdcFactor };
            tissue = tissue.Under(changed, mimic.Body.Opacity * level.Soft(0.6) * zone);
            if (mimic.Nodular)
            {
                double fromRim = (level.Relative - 1) * level.Radius / 0.7;
                tissue = tissue with { T2 = tissue.T2 * (1 - (0.45 * 0.45 * Math.Exp(-fromRim * fromRim) * zone)) };
            }

            tissues[i] = tissue;
        }
    }

    private static void PaintLesion(Tissue[] tissues, Lesion lesion, Anatomy anatomy, Grid grid, double z, double[] texture)
    {
        if (lesion.Body.ScaleAt(z) is not double cut)
        {
            return;
        }

        foreach ((int i, Level level) in Near(lesion.Body, cut, anatomy, grid, z, 0.9))
        {
            Tissue tumour = tissues[i] with { T2 = lesion.T2 * Math.Exp(0.10 * texture[i]), Adc = lesion.Adc * Math.Exp(0.06 * texture[i]) };
            tissues[i] = tissues[i].Under(tumour, lesion.Body.Opacity * level.Soft(0.9));
        }
    }

    /// <summary>The pixels that a body with an edge of this width can change by more than 1e-9.</summary>
    private static IEnumerable<(int Pixel, Level Level)> Near(Ellipsoid body, double cut, Anatomy anatomy, Grid grid, double z, double edge)
    {
        const double EdgeWidths = 21;
        double scale = anatomy.GlandScale(z);
        StarOutline outline = body.Shape.At(cut);
        double reach = (Math.Max(body.Shape.HalfWidth, body.Shape.HalfHeight) * body.Shape.LargestBulge * cut) + (EdgeWidths * edge);
        for (int i = 0; i < grid.Pixels; i++)
        {
            (double x, double y) = grid.Centre(i);
            (x, y) = (x - anatomy.Centre.X - (body.X * scale), y - anatomy.Centre.Y - (body.Y * scale));
            if ((x * x) + (y * y) < reach * reach)
            {
                yield return (i, outline.Level(x, y));
            }
        }
    }
}
