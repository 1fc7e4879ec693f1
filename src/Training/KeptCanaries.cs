using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;

namespace AdvSeg.Training;

/// <summary>
/// Canaries that processes before trained, by everything that decides them: a start trains one step to see that it is still so, instead of all of
/// them. What is damaged, was made elsewhere or does not hold is made again; where nothing can be written nothing is kept.
/// </summary>
/// <param name="folder">Theirs; anybody who may write there may say what this machine computes.</param>
internal sealed class KeptCanaries(string folder)
{
    /// <summary>A machine has few: one for each program, numerics and environment.</summary>
    private const int MostKept = 16;

    /// <param name="origin">Of this process; null where it cannot be told, and nothing is kept.</param>
    /// <param name="compute">Trains the canary.</param>
    /// <param name="first">Trains its first step.</param>
    /// <returns>The canary.</returns>
    public string Of(CanaryOrigin? origin, Func<string> compute, Func<string> first)
    {
        if (origin is null)
        {
            return compute();
        }

        string path = Path.Combine(folder, $"{origin.Key()}.json");
        if (Read(path) is { } kept && kept.IsOf(origin) && kept.First == first())
        {
            return kept.Canary;
        }

        string canary = compute();
        Write(path, () => KeptCanary.Of(origin, canary, first()));
        return canary;
    }

    private static KeptCanary? Read(string path)
    {
        try
        {
            KeptCanary kept = CanonicalJson.Read<KeptCanary>(File.ReadAllBytes(path), path);
            return kept.IsWhole() ? kept : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SpecException)
        {
            return null;
        }
    }

    /// <summary>Whoever reads what is only half written finds it damaged.</summary>
    private void Write(string path, Func<KeptCanary> kept)
    {
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(path, CanonicalJson.Write(kept()));
            foreach (FileInfo old in new DirectoryInfo(folder).GetFiles("*.json").OrderByDescending(file => file.LastWriteTimeUtc).Skip(MostKept))
            {
                old.Delete();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next start trains it again.
        }
    }
}
