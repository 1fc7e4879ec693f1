using AdvSeg.Core.Errors;
using AdvSeg.Core.Yaml;
using AdvSeg.Imaging.Imports;

namespace AdvSeg.Client.Cli;

/// <summary>A sweep file that a server can read too: folds from another file are copied into it.</summary>
/// <param name="Yaml">Its text.</param>
/// <param name="Folds">The file that the folds are from, for people; null where it names none.</param>
internal sealed record SweepFile(string Yaml, string? Folds)
{
    /// <exception cref="SpecException">The file, or that of the folds, cannot be read.</exception>
    public static SweepFile Read(string path) => Of(Shared.ReadText(path), path);

    /// <param name="text">The file's text.</param>
    /// <param name="source">Its name, for errors.</param>
    /// <exception cref="SpecException">It is not YAML, or the file of its folds cannot be read.</exception>
    public static SweepFile Of(string text, string source)
    {
        if (SplitText.FileIn(text, source) is not { } named)
        {
            return new SweepFile(text, null);
        }

        SplitFile file = named.Kind == SplitText.NnUnet ? SplitFile.OfNnUnet(named.Path) : SplitFile.OfCsv(named.Path);
        return new SweepFile(SplitText.WithFolds(text, source, file.Folds, file.Origin), file.Origin);
    }
}
