using System.Runtime.InteropServices;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.Imaging.Tests;

public sealed class PhantomTests
{
    private static readonly PhantomCohort Small = new(3, 2, 64, 42);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A new digest here means that every phantom cohort, and so every run on one, is another.</summary>
    [Fact]
    public void Phantom_OfKnownSeed_HasThePinnedDigest()
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64,
            "Bits depend on the C mathematics library; the digest is pinned for Linux on x64.");
        Assert.Equal("10c43a01992ea1fdaafad868b94fe7c83cf05c846b52b0660f3f57b99f396eeb", Phantom.Render(Small, cancellationToken: Token).Digest);
    }

    /// <summary>At 1 every value is the one that was drawn; the description says nothing of it either.</summary>
    [Fact]
    public void Phantom_AtTheUsualDifficulty_IsThePhantomOfBefore() => Assert.Equal(
        Phantom.Render(Small, cancellationToken: Token).Digest,
        Phantom.Render(Small with { Contrast = null, Variation = null, LabelNoise = null }, cancellationToken: Token).Digest);

    /// <summary>Less contrast changes the images of patients with tumour and no label; label noise their labels and no image.</summary>
    [Fact]
    public void Phantom_AtAnotherDifficulty_ShowsTheSamePatients()
    {
        Cohort usual = Phantom.Render(Small, cancellationToken: Token);
        Cohort faint = Phantom.Render(Small with { Contrast = 0.5 }, cancellationToken: Token);
        Cohort exact = Phantom.Render(Small with { LabelNoise = 0 }, cancellationToken: Token);
        Cohort alike = Phantom.Render(Small with { Variation = 0 }, cancellationToken: Token);

        Assert.Equal(usual.Patients.Select(p => p.Labels), faint.Patients.Select(p => p.Labels));
        Assert.Equal(usual.Patients.Select(p => !p.Positive), usual.Patients.Zip(faint.Patients, (a, b) => a.Images.SequenceEqual(b.Images)));
        Assert.Equal(usual.Patients.Select(p => p.Images), exact.Patients.Select(p => p.Images));
        Assert.Equal(usual.Patients.Select(p => !p.Positive), usual.Patients.Zip(exact.Patients, (a, b) => a.Labels.SequenceEqual(b.Labels)));
        Assert.Equal(usual.Patients.Select(p => p.Labels), alike.Patients.Select(p => p.Labels));
        Assert.EndsWith("seed 42, contrast 0.5", faint.Manifest.Description, StringComparison.Ordinal);
        Assert.Equal(4, new[] { usual, faint, exact, alike }.Select(c => c.Digest).Distinct().Count());
    }

    [Theory]
    [InlineData(0.0, null, null)]
    [InlineData(1.5, null, null)]
    [InlineData(null, 2.1, null)]
    [InlineData(null, null, double.NaN)]
    public void Phantom_OfImpossibleDifficulty_IsRefused(double? contrast, double? variation, double? labelNoise)
    {
        PhantomCohort spec = Small with { Contrast = contrast, Variation = variation, LabelNoise = labelNoise };

        SpecException refused = Assert.Throws<SpecException>(() => Phantom.Render(spec, cancellationToken: Token));

        Assert.Contains("use a contrast above 0", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Phantom_OnOneThreadOrMany_IsEqualInBits() =>
        Assert.Equal(Phantom.Render(Small, 1, null, Token).Digest, Phantom.Render(Small, 4, null, Token).Digest);

    [Fact]
    public void Phantom_WithMorePatients_KeepsThePatientsItHad()
    {
        Cohort small = Phantom.Render(Small, cancellationToken: Token);
        Cohort large = Phantom.Render(Small with { Aggressive = 5, LesionFree = 3 }, cancellationToken: Token);
        Assert.Equal(["A001", "A002", "A003", "F001", "F002"], small.Manifest.Patients.Select(patient => patient.Id));
        Assert.Subset(large.Manifest.Patients.ToHashSet(), small.Manifest.Patients.ToHashSet());
    }

    [Fact]
    public void Phantom_OfAnotherSeed_SharesNoPatient()
    {
        Cohort one = Phantom.Render(Small, cancellationToken: Token);
        Cohort other = Phantom.Render(Small with { Seed = 43 }, cancellationToken: Token);
        Assert.Empty(one.Manifest.Patients.Select(patient => patient.Sha256).Intersect(other.Manifest.Patients.Select(patient => patient.Sha256)));
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Phantom_AtTwoSizes_ShowsTheSameAnatomy()
    {
        Cohort coarse = Phantom.Render(Small with { LesionFree = 0 }, cancellationToken: Token);
        Cohort fine = Phantom.Render(Small with { LesionFree = 0, Size = 192 }, cancellationToken: Token);
        foreach ((CohortVolume a, CohortVolume b) in coarse.Patients.Zip(fine.Patients))
        {
            Assert.Equal((a.Patient, a.Slices, a.TumourSlices), (b.Patient, b.Slices, b.TumourSlices));

            // Every coarse pixel against the fine pixel at its centre: only outlines that cut a pixel may differ.
            int[] centres = [.. Enumerable.Range(0, a.Labels.Length).Select(i => FinePixel(i, 64, 192))];
            int equal = centres.Where((fineIndex, i) => a.Labels[i] == b.Labels[fineIndex]).Count();
            Assert.InRange(equal / (double)a.Labels.Length, 0.98, 1);
        }
    }

    [Fact]
    public void Phantom_RenderedToFolder_IsTheCohortOfRender()
    {
        using var temporary = new TempFolder();
        List<int> progress = [];
        CohortManifest manifest = Phantom.RenderTo(temporary.Under("c"), Small, new Sink(progress), Token);
        Cohort loaded = Cohort.Load(temporary.Under("c"));
        Assert.Equal(Phantom.Render(Small, cancellationToken: Token).Digest, loaded.Digest);
        Assert.Equal(manifest.ComputeDigest(), loaded.Digest);
        Assert.Equal([1, 2, 3, 4, 5], progress);
    }

    [Fact]
    public void Phantom_CancelledHalfWay_LeavesNothing()
    {
        using var temporary = new TempFolder();
        using var cancellation = new CancellationTokenSource();
        var sink = new Sink([], at: 2, cancellation.Cancel);
        Assert.Throws<OperationCanceledException>(() => Phantom.RenderTo(temporary.Under("c"), Small, sink, cancellation.Token));
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Under(".")));
    }

    [Theory]
    [InlineData(0, 0, 64, "0 aggressive and 0 lesion-free")]
    [InlineData(-1, 2, 64, "-1 aggressive")]
    [InlineData(2, 1_000_001, 64, "1000001 lesion-free")]
    [InlineData(1, 1, 31, "31 pixels")]
    [InlineData(1, 1, 1025, "1025 pixels")]
    public void Phantom_OfImpossibleSpec_IsRefused(int aggressive, int lesionFree, int size, string expected)
    {
        using var temporary = new TempFolder();
        var spec = new PhantomCohort(aggressive, lesionFree, size, 1);
        Assert.Contains(
            expected, Assert.Throws<SpecException>(() => Phantom.Render(spec, cancellationToken: Token)).Message, StringComparison.Ordinal);
        Assert.Throws<SpecException>(() => Phantom.RenderTo(temporary.Under("c"), spec, cancellationToken: Token));
    }

    [Fact]
    public void Phantom_OfAnyPatient_IsNormalised()
    {
        CohortVolume patient = Phantom.Render(Small, cancellationToken: Token).Patients[0];
        foreach (int channel in new[] { 0, 2 })
        {
            double[] values =
                [.. Enumerable.Range(0, patient.Slices).SelectMany(slice => patient.SliceImage(slice, channel).ToArray()).Select(v => (double)v)];
            Assert.Equal(0, values.Average(), 1e-5);
            Assert.Equal(1, Math.Sqrt(values.Average(value => value * value)), 1e-4);
        }
    }

    private static int FinePixel(int coarse, int from, int to)
    {
        int factor = to / from;
        int slice = coarse / (from * from);
        int row = (coarse / from) % from;
        int column = coarse % from;
        return (((slice * to) + (row * factor) + (factor / 2)) * to) + (column * factor) + (factor / 2);
    }

    private sealed class Sink(List<int> values, int at = 0, Action? then = null) : IProgress<int>
    {
        public void Report(int value)
        {
            values.Add(value);
            if (value == at)
            {
                then?.Invoke();
            }
        }
    }
}
