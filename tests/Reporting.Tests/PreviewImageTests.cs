using AdvSeg.Core.Runs;
using AdvSeg.Reporting.Figures;

namespace AdvSeg.Reporting.Tests;

public sealed class PreviewImageTests
{
    [Theory]
    [InlineData(null, "tumour of S; thin outlines: its peripheral (light) and transition zone (dark).")]
    [InlineData("background,lesion", "tumour of S (tumour is the class lesion).")]
    [InlineData("background,tumour,bladder", "tumour of S; thin outlines: its bladder (light blue).")]
    public void Caption_OfAPreview_NamesTheClassesOfItsCohort(string? classes, string expected)
    {
        var preview = new TrainingPreview(1, []) { Classes = classes?.Split(',') };
        Assert.Equal($"Yellow outline: expert tumour; filled: {expected}", PreviewImage.Caption(preview));
    }
}
