using AdvSeg.Core.Store;

namespace AdvSeg.UseCases.Retention;

/// <summary>Artifacts that go for one reason.</summary>
/// <param name="What">The reason as people read it, with its count: <c>12 runs that no sweep plans</c>.</param>
/// <param name="Files">In any order.</param>
public sealed record RemovedPart(string What, IReadOnlyList<ArtifactInfo> Files)
{
    public long Bytes => Files.Sum(f => f.Bytes);
}

/// <summary>What is to be deleted from a store, part after part. A removal that is interrupted leaves what the next one finds.</summary>
/// <param name="Parts">Those that have files.</param>
/// <param name="Notes">What stays, and why: sentences.</param>
public sealed record Removal(IReadOnlyList<RemovedPart> Parts, IReadOnlyList<string> Notes)
{
    private const int AtOnce = 8;

    public long Bytes => Parts.Sum(p => p.Bytes);

    public async Task ExecuteAsync(IArtifactStore store, CancellationToken cancellationToken)
    {
        foreach (RemovedPart part in Parts)
        {
            await Parallel.ForEachAsync(
                part.Files,
                new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
                async (file, stop) => await store.DeleteAsync(file.Key, stop));
        }
    }

    internal static Removal Of(IEnumerable<RemovedPart> parts, params IReadOnlyList<string> notes) =>
        new([.. parts.Where(p => p.Files.Count > 0)], notes);
}
