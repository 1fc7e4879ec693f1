namespace AdvSeg.Imaging.Tests;

/// <summary>One real case of PI-CAI, which lies beside the project on some machines and is no part of it (CC BY-NC 4.0).</summary>
internal static class PicaiSample
{
    public static readonly string Folder = SourceFile.Of("../shared/data/picai-sample");

    public static string Image(string name) => Path.Combine(Folder, "images", "10795", $"10795_1000811_{name}.mha");

    public static string Label(string name) => Path.Combine(Folder, "picai_labels", $"{name}.nii.gz");

    public static void SkipUnlessThere() =>
        Assert.SkipUnless(Directory.Exists(Folder), "the PI-CAI sample is not there: shared/data/picai-sample beside the project.");
}
