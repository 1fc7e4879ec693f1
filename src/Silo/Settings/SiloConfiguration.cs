using AdvSeg.Core.Errors;
using AdvSeg.Core.Scheduling;
using AdvSeg.Hosting.Settings;
using AdvSeg.Hosting.Telemetry;

namespace AdvSeg.Silo.Settings;

/// <summary>
/// Times and limits from the environment: <c>ADVSEG_Membership__ProbeTimeout=00:00:02</c>, sections Membership, Lease, Checkpoints and
/// Health;
/// and <c>ADVSEG_CHECKPOINT_STEPS</c>, <c>ADVSEG_COHORT_MEGABYTES</c> and <c>ADVSEG_OWNER_HOURS</c>.
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
        SiloSettings read = settings with
        {
            Membership = Bind(configuration, nameof(SiloSettings.Membership), settings.Membership),
            Lease = Bind(configuration, nameof(SiloSettings.Lease), settings.Lease) with
            {
                Limits = OwnerLimit.ParseList(Variables.Find(LimitsVariable) ?? "", LimitsVariable),
            },
            Health = Bind(configuration, nameof(SiloSettings.Health), settings.Health),
            Traces = HostTelemetry.ExportsTraces,
            CohortMegabytes = Megabytes(),
            Checkpoints = WithSteps(Bind(configuration, nameof(SiloSettings.Checkpoints), settings.Checkpoints)),
        };
        Check(read);
        return read;
    }

    private static T Bind<T>(IConfiguration configuration, string section, T defaults)
        where T : class
    {
        IConfigurationSection values = configuration.GetSection(section);
        string[] known = [.. typeof(T).GetProperties().Where(p => p.CanWrite).Select(p => p.Name)];
        foreach (IConfigurationSection value in values.GetChildren().Where(v => !known.Contains(v.Key, StringComparer.OrdinalIgnoreCase)))
        {
            throw new SpecException($"ADVSEG_{section}__{value.Key} is no setting; section {section} has {string.Join(", ", known)}.");
        }

        try
        {
            return values.Get<T>() is { } bound ? bound : defaults;
        }
        catch (InvalidOperationException e)
        {
            throw new SpecException($"A setting ADVSEG_{section}__... cannot be read: {e.Message} Times are written as 00:00:02 or 00:00:00.5.", e);
        }
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

    private static void Check(SiloSettings settings)
    {
        (string Name, TimeSpan Value)[] times =
        [
            ("Membership__ProbeTimeout", settings.Membership.ProbeTimeout), ("Membership__MaxProbeTimeout", settings.Membership.MaxProbeTimeout),
            ("Membership__TableRefresh", settings.Membership.TableRefresh), ("Membership__IAmAlive", settings.Membership.IAmAlive),
            ("Health__Grace", settings.Health.Grace), ("Health__Every", settings.Health.Every),
            ("Lease__TimeToLive", settings.Lease.TimeToLive), ("Checkpoints__Every", settings.Checkpoints.Every),
        ];
        foreach ((string name, TimeSpan value) in times.Where(t => t.Value <= TimeSpan.Zero))
        {
            throw new SpecException($"ADVSEG_{name} is {value}; use a time above 0.");
        }

        if (settings.Lease.TimeToLive < TimeSpan.FromSeconds(3))
        {
            throw new SpecException(
                $"ADVSEG_Lease__TimeToLive is {settings.Lease.TimeToLive}; leases are renewed once a second, so use at least 00:00:03.");
        }

        if (settings.Membership.MaxProbeTimeout < settings.Membership.ProbeTimeout)
        {
            throw new SpecException($"ADVSEG_Membership__MaxProbeTimeout is {settings.Membership.MaxProbeTimeout}, below ProbeTimeout "
                + $"{settings.Membership.ProbeTimeout}.");
        }

        if (settings.Membership.MissedProbes < 1 || settings.Membership.Votes < 1)
        {
            throw new SpecException($"ADVSEG_Membership__MissedProbes and __Votes are {settings.Membership.MissedProbes} and "
                + $"{settings.Membership.Votes}; use at least 1.");
        }
    }
}
