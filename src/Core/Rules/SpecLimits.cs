using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Rules;

/// <summary>
/// What single values of a spec may be, whatever the others are. Limits exist so that a typing error is refused before it is paid for.
/// </summary>
internal static class SpecLimits
{
    /// <summary>One fold selects, one is held out, and at least one trains.</summary>
    public const int FewestFolds = 3;

    /// <summary>Regular expression of a whole sweep name.</summary>
    public const string SweepName = "[a-z0-9][a-z0-9-]{0,39}";

    /// <summary>Regular expression of a whole name of a variant.</summary>
    public const string Word = "[A-Za-z0-9._-]{1,40}";

    /// <summary>Regular expression of a whole name of a patient or a study.</summary>
    public const string PatientName = "[A-Za-z0-9._-]{1,64}";

    public static readonly Limit Priority = new(-100, 100);
    public static readonly Limit Patients = new(0, 100_000);
    public static readonly Limit PhantomSize = new(32, 1024);

    /// <summary>At 0 tumour could not be seen at all; above 1, the usual contrast, some tissue could be left without signal.</summary>
    public static readonly Limit Contrast = new(0, 1, IsLowOpen: true);
    public static readonly Limit Variation = new(0, 2);
    public static readonly Limit LabelNoise = new(0, 3);

    /// <summary>Patients x size x size: about 70 GB of images, an hour of two cores.</summary>
    public const long PhantomPixels = 1L << 28;

    public static readonly Limit Folds = new(FewestFolds, 100);
    public static readonly Limit Seeds = new(1, 1000);
    public static readonly Limit Variants = new(1, 50);
    public static readonly Limit AblationLevels = new(1, 50);

    /// <summary>A share of the patients; all of them are the fold's own run.</summary>
    public static readonly Limit AblationLevel = new(0, 1, IsLowOpen: true, IsHighOpen: true);

    /// <summary>In the unit of the metric, such as a share of 1 or mm.</summary>
    public static readonly Limit Margin = new(0, 1000, IsLowOpen: true);
    public static readonly Limit Alpha = new(0, 1, IsLowOpen: true, IsHighOpen: true);
    public static readonly Limit FailureBelow = new(0, 1, IsLowOpen: true);

    public static readonly Limit CropSize = new(4, 4096);
    public static readonly Limit Steps = new(1, 10_000_000);
    public static readonly Limit BatchSize = new(1, 1024);
    public static readonly Limit PositiveShare = new(0, 1, IsLowOpen: true);
    public static readonly Limit RotationDegrees = new(0, 180);
    public static readonly Limit ShiftPixels = new(0, CropSize.High);

    public static readonly Limit LearningRate = new(0, 10, IsLowOpen: true);
    public static readonly Limit Beta = new(0, 1, IsHighOpen: true);
    public static readonly Limit HalveEvery = new(0, Steps.High);
    public static readonly Limit DiscriminatorSteps = new(1, 100);
    public static readonly Limit SchemeWeight = new(0, 1_000_000, IsLowOpen: true);
    public static readonly Limit Candidates = new(2, TuneSpec.MostCandidates);

    public static readonly Limit Width = new(1, 1024);
    public static readonly Limit Levels = new(2, 10);
    public static readonly Limit ConvolutionsPerLevel = new(1, 10);
    public static readonly Limit LeakySlope = new(0, 1, IsHighOpen: true);
    public static readonly Limit Layers = new(1, 16);
    public static readonly Limit Channels = new(1, 16_384);
    public static readonly Limit FirstStride = new(1, 2);
}
