namespace AdvSeg.Chaos;

/// <summary>Programs of one build: those of a cluster that is upgraded differ.</summary>
/// <param name="Silo">Path of <c>advseg-silo.dll</c>.</param>
/// <param name="Dashboard">Path of <c>AdvSeg.Dashboard.dll</c>.</param>
internal sealed record Release(string Silo, string Dashboard)
{
    /// <summary>What was built together with this program.</summary>
    public static Release Ours { get; } =
        new(Path.Combine(AppContext.BaseDirectory, "advseg-silo.dll"), Path.Combine(AppContext.BaseDirectory, "AdvSeg.Dashboard.dll"));

    /// <summary>A checkout whose silo and dashboard were built for Release.</summary>
    public static Release OfCheckout(string folder)
    {
        string programs = Path.Combine(folder, "artifacts", "bin");
        return new(
            Path.Combine(programs, "Silo", "release", "advseg-silo.dll"),
            Path.Combine(programs, "Dashboard", "release", "AdvSeg.Dashboard.dll"));
    }
}
