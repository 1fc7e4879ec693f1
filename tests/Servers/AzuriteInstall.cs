namespace AdvSeg.Servers;

/// <summary>
/// Where Azurite is: <c>ADVSEG_AZURITE</c> names azurite-blob, and its other programs lie beside it; else npm installs it once, in the user's
/// cache.
/// </summary>
public static class AzuriteInstall
{
    private const string Version = "3.35.0";

    /// <summary>The emulator's account with its well-known key (Azurite's README).</summary>
    public const string Account = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;"
        + "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;";

    /// <param name="program"><c>azurite-blob</c> or <c>azurite-table</c>.</param>
    /// <exception cref="MissingPartException">It cannot be installed.</exception>
    public static async Task<string> FindAsync(string program)
    {
        if (Environment.GetEnvironmentVariable("ADVSEG_AZURITE") is { Length: > 0 } given)
        {
            return Path.Combine(Path.GetDirectoryName(given)!, program);
        }

        return Path.Combine(await NpmPackage.FindAsync("azurite", Version), ".bin", program);
    }
}
