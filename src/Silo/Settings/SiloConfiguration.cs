using AdvSeg.Core.Errors;
using AdvSeg.Core.Scheduling;
using AdvSeg.Hosting.Health;
using AdvSeg.Hosting.Logging;
using AdvSeg.Hosting.Settings;
using AdvSeg.Hosting.Telemetry;

namespace AdvSeg.Silo.Settings;

/// <summary>
/// Times and limits from the environment: <c>ADVSEG_Membership__ProbeTimeout=00:00:02</c>, sections Membership, Lease, Checkpoints, Health and
/// Log; and <c>ADVSEG_CHECKPOINT_STEPS</c>, <c>ADVSEG_COHORT_MEGABYTES</c> and <c>ADVSEG_OWNER_HOURS</c>.
/// </summary>
public static class SiloConfiguration
{
    private const string StepsVariable = "ADVSEG_CHECKPOINT_STEPS";
    private const string CohortsVariable = "ADVSEG_COHORT_MEGABYTES";
    private const string LimitsVariable = "ADVSEG_OWNER_HOURS";

    /// <exception cref="SpecException">A value cannot be used.</exception>
    public static SiloSettings Apply(SiloSettings settings)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddEnvironmentVariables(Variables.Prefix).Build();
        return settings with
        {
            Membership = configuration.Section<MembershipPolicy>(nameof(SiloSettings.Membership)),
            Lease = configuration.Section<LeasePolicy>(nameof(SiloSettings.Lease)) with
            {
                Limits = OwnerLimit.ParseList(Variables.Find(LimitsVariable) ?? "", LimitsVariable),
            },
            Health = configuration.Section<HealthPolicy>(nameof(SiloSettings.Health)),
            Log = LogSettings.From(configuration) with { Format = settings.Log.Format, Folder = settings.Log.Folder },
            Traces = HostTelemetry.ExportsTraces,
            CohortMegabytes = Megabytes(),
            Checkpoints = WithSteps(configuration.Section<CheckpointPolicy>(nameof(SiloSettings.Checkpoints))),
        };
    }

    private static CheckpointPolicy WithSteps(CheckpointPolicy policy) => Variables.Find(StepsVariable) switch
    {
        null => policy,
        var text when int.TryParse(text, out int steps) && steps > 0 => policy with { EverySteps = steps },
        var text => throw new SpecException($"{StepsVariable} is '{text}'; use a whole number of steps above 0, or leave it unset."),
    };

    private static int? Megabytes() => Variables.Find(CohortsVariable) switch
    {
        null => null,
        var text when int.TryParse(text, out int megabytes) && megabytes > 0 => megabytes,
        var text => throw new SpecException(
            $"{CohortsVariable} is '{text}'; use a whole number of megabytes above 0, at most {int.MaxValue}, or leave it unset."),
    };
}
