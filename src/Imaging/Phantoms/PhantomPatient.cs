namespace AdvSeg.Imaging.Phantoms;

/// <summary>One patient of the phantom, before any pixel is made: the same at every image size.</summary>
internal sealed record PhantomPatient(
    Anatomy Anatomy, IReadOnlyList<Lesion> Lesions, IReadOnlyList<Mimic> Mimics, Surroundings Surroundings, Scanner Scanner)
{
    public static PhantomPatient Draw(PatientDraws draws, bool aggressive, Difficulty difficulty)
    {
        Anatomy anatomy = Anatomy.Draw(draws.Of(PhantomPart.Anatomy), aggressive).At(difficulty);
        return new PhantomPatient(
            anatomy,
            Lesion.Draw(draws.Of(PhantomPart.Lesions), anatomy, aggressive, difficulty),
            Mimic.Draw(draws.Of(PhantomPart.Mimics), anatomy),
            Surroundings.Draw(draws.Of(PhantomPart.Surroundings), anatomy),
            Scanner.Draw(draws.Of(PhantomPart.Scanner)).At(difficulty));
    }
}
