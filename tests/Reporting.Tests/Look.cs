namespace AdvSeg.Reporting.Tests;

/// <summary>Leaves what a test made in the folder that ADVSEG_LOOK names, for a person to look at.</summary>
internal static class Look
{
    public static void At(string name, Func<IEnumerable<ReportFile>> files)
    {
        if (Environment.GetEnvironmentVariable("ADVSEG_LOOK") is { } folder)
        {
            foreach (ReportFile file in files())
            {
                Directory.CreateDirectory(Path.Combine(folder, name));
                File.WriteAllBytes(Path.Combine(folder, name, file.Name), file.Data);
            }
        }
    }
}
