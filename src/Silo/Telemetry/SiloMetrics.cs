using System.Diagnostics.Metrics;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Telemetry;

namespace AdvSeg.Silo.Telemetry;

/// <summary>What every silo sees: its view of the cluster, and writes that were refused or held back.</summary>
public sealed class SiloMetrics
{
    private readonly Counter<long> _fenced;

    /// <param name="meters">Makes the meter.</param>
    /// <param name="membership">The cluster as this silo sees it.</param>
    public SiloMetrics(IMeterFactory meters, IClusterMembershipService membership)
    {
        Meter meter = meters.Make();
        _fenced = meter.Count(
            "advseg_fenced_writes_total",
            "Writes whose lease or state another may hold by now: an attempt's write waited, a grain's write was refused.");
        meter.CreateObservableGauge("advseg_silos", () => CountSilos(membership.CurrentSnapshot), description: "Silos as this one sees them.");
        meter.CreateObservableGauge(
            "advseg_membership_version",
            () => membership.CurrentSnapshot.Version.Value,
            description: "Version of the membership that this silo knows; each silo that comes or goes raises it.");
    }

    internal void Fenced(string writer) => _fenced.Add(1, Instruments.Label("writer", writer));

    private static IEnumerable<Measurement<int>> CountSilos(ClusterMembershipSnapshot snapshot) =>
        Enum.GetValues<SiloStatus>().Where(status => status is not (SiloStatus.None or SiloStatus.Created))
            .Select(status => Instruments.Of(snapshot.Members.Values.Count(m => m.Status == status), "status", Kebab.Of(status)));
}
