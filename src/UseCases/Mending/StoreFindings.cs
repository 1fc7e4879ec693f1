using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;

namespace AdvSeg.UseCases.Mending;

/// <summary>Collects findings, and mends what it may.</summary>
/// <param name="store">The store; nobody else writes to it meanwhile.</param>
/// <param name="mend">Whether anything is changed.</param>
internal sealed class StoreFindings(IArtifactStore store, bool mend)
{
    private readonly List<StoreFinding> _found = [];

    public IReadOnlyList<StoreFinding> Found => _found;

    /// <summary>Something that can be mended so.</summary>
    /// <param name="text">The key and what is wrong.</param>
    /// <param name="how">What mending does: a sentence without its full stop.</param>
    /// <param name="change">Does it.</param>
    public async Task MendAsync(string text, string how, Func<Task> change)
    {
        if (mend)
        {
            await change();
        }

        _found.Add(mend ? new(text, how, null) : new(text, null, $"'advseg doctor --data DIR' mends it: {how}."));
    }

    public void Report(string text, string remedy) => _found.Add(new(text, null, remedy));

    /// <summary>The record, null when there is none; or what is wrong with it.</summary>
    public async Task<(T? Record, string? Problem)> ReadAsync<T>(ArtifactKey<T> key, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return (await store.FindAsync(key, cancellationToken), null);
        }
        catch (DamagedException e)
        {
            return (null, e.WhatIsWrong);
        }
    }
}
