using AdvSeg.Core.Cohorts;

namespace AdvSeg.Imaging.Phantoms;

/// <summary>Paints one slice of a patient from the outside in: fat, muscles, bladder, rectum, capsule, gland.</summary>
internal sealed class SlicePainter
{
    private readonly PhantomPatient _patient;
    private readonly PatientDraws _draws;
    private readonly Grid _grid;
    private readonly int _slice;
    private readonly double _z;
    private readonly Tissue[] _tissues;

    private SlicePainter(PhantomPatient patient, PatientDraws draws, Grid grid, int slice)
    {
        _patient = patient;
        _draws = draws;
        _grid = grid;
        _slice = slice;
        _z = patient.Anatomy.SliceZ(slice);
        _tissues = new Tissue[grid.Pixels];
    }

    public static TissueSlice Paint(PhantomPatient patient, PatientDraws draws, Grid grid, int slice)
    {
        var painter = new SlicePainter(patient, draws, grid, slice);
        GlandOutlines outlines = GlandOutlines.Cut(patient.Anatomy, grid, painter._z);
        painter.PaintFat();
        painter.PaintMuscles();
        painter.PaintBladder();
        painter.PaintRectum();
        painter.PaintGland(outlines);
        return new TissueSlice(painter._tissues, painter.Label(outlines));
    }

    private double[] Texture(PhantomPart part, double millimetres) => _draws.Of(part, _slice, _grid.Size).Texture(_grid, millimetres);

    /// <summary>The pixel's centre in the gland's frame.</summary>
    private (double X, double Y) At(int pixel)
    {
        (double x, double y) = _grid.Centre(pixel);
        return (x - _patient.Anatomy.Centre.X, y - _patient.Anatomy.Centre.Y);
    }

    private void Put(Tissue tissue, Func<double, double, double> share)
    {
        for (int i = 0; i < _tissues.Length; i++)
        {
            (double x, double y) = At(i);
            _tissues[i] = _tissues[i].Under(tissue, share(x, y));
        }
    }

    private void Put(Tissue tissue, StarOutline outline, double centreX, double centreY, double edge) =>
        Put(tissue, (x, y) => outline.Level(x - centreX, y - centreY).Soft(edge));

    private void PaintFat()
    {
        double[] noise = Texture(PhantomPart.FatTexture, 1.6);
        double strandsWithin = _patient.Anatomy.HalfWidth + 14;
        for (int i = 0; i < _tissues.Length; i++)
        {
            (double x, double y) = At(i);
            double strand = 1 / (1 + Math.Exp(-(noise[i] - 1.3) / 0.25));
            bool near = (x * x) + (y * y) < strandsWithin * strandsWithin;
            _tissues[i] = Tissue.Fat with
            {
                T2 = Tissue.Fat.T2 * Math.Exp(0.06 * noise[i]) * (1 - (0.35 * strand)),
                DiffusionDensity = Tissue.Fat.DiffusionDensity + (near ? 0.25 * strand : 0),
            };
        }
    }

    private void PaintMuscles()
    {
        double levatorX = (_patient.Anatomy.HalfWidth * _patient.Anatomy.GlandScale(_z)) + 4;
        foreach ((int side, Neighbour obturator, StarShape levator) in
            Surroundings.Sides.Zip(_patient.Surroundings.Obturators, _patient.Surroundings.Levators))
        {
            Put(Tissue.Obturator, obturator.Shape.At(), obturator.X, obturator.Y, 0.7);
            Put(Tissue.Levator, levator.At(), side * levatorX, 5, 0.6);
        }
    }

    private void PaintBladder()
    {
        const double Wall = 3;
        Surroundings around = _patient.Surroundings;
        Neighbour bladder = around.Bladder;
        if (!around.HasBladder || _z >= around.BladderZ + 4)
        {
            Put(Tissue.Symphysis, bladder.Shape.At(0.7), bladder.X, bladder.Y, 0.8);
            return;
        }

        StarOutline outline = bladder.Shape.At(Math.Clamp(1 - ((_z - around.BladderZ + 10) / 28), 0.35, 1.1));
        Put(Tissue.BladderWall, (x, y) => outline.Level(x - bladder.X, y - bladder.Y).Grown(Wall).Soft(0.6));
        Put(Tissue.Urine, outline, bladder.X, bladder.Y, 0.6);
    }

    private void PaintRectum()
    {
        Surroundings around = _patient.Surroundings;
        Neighbour rectum = around.Rectum;
        StarOutline outline = rectum.Shape.At();
        Put(Tissue.RectumWall, outline, rectum.X, rectum.Y, 0.6);
        Put(around.Gas ? Tissue.Gas : Tissue.Stool, (x, y) =>
        {
            Level outer = outline.Level(x - rectum.X, y - rectum.Y);
            double relative = outer.Relative * outer.Radius / Math.Max(outer.Radius - around.RectumWall, 1);
            return (outer with { Relative = relative }).Soft(around.Gas ? 0.5 : 0.6);
        });
    }

    private void PaintGland(GlandOutlines outlines)
    {
        Tissue[] gland = GlandPainter.Paint(_patient, outlines, _grid, _z, Texture);
        for (int i = 0; i < _tissues.Length; i++)
        {
            Level level = outlines.Gland[i];
            double capsule = (level with { Radius = level.Radius + 1 }).Soft(0.5);
            _tissues[i] = _tissues[i].Under(Tissue.Capsule, capsule).Under(gland[i], level.Soft(0.5));
        }
    }

    /// <summary>Zones by their true outlines, tumour by the expert's, cut to the gland.</summary>
    private byte[] Label(GlandOutlines outlines)
    {
        var labels = new byte[_tissues.Length];
        for (int i = 0; i < labels.Length; i++)
        {
            LabelClass zone = outlines.IsTransition[i] ? LabelClass.TransitionZone : LabelClass.PeripheralZone;
            labels[i] = (byte)(outlines.Gland[i].Relative < 1 ? zone : LabelClass.Background);
        }

        double scale = _patient.Anatomy.GlandScale(_z);
        foreach (Lesion lesion in _patient.Lesions)
        {
            if (lesion.Body.ScaleAt(_z) is double cut)
            {
                StarOutline outline = lesion.LabelShape.At(cut * lesion.LabelScale);
                (double centreX, double centreY) = ((lesion.Body.X * scale) + lesion.LabelShift.X, (lesion.Body.Y * scale) + lesion.LabelShift.Y);
                for (int i = 0; i < labels.Length; i++)
                {
                    (double x, double y) = At(i);
                    if (outlines.Gland[i].Relative < 1 && outline.Level(x - centreX, y - centreY).Relative < 1)
                    {
                        labels[i] = (byte)LabelClass.Tumour;
                    }
                }
            }
        }

        return labels;
    }
}
