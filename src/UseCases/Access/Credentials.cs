using System.Collections.Concurrent;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Contract;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.UseCases.Access;

/// <summary>Tokens and sessions: made, recognised, listed and revoked. The store has them, so that every server of it knows them.</summary>
/// <param name="store">Where they are.</param>
/// <param name="clock">The machine's: they expire at a time of day.</param>
public sealed class Credentials(IArtifactStore store, TimeProvider clock)
{
    public const int MostDays = 366;

    /// <summary>A token that another server has revoked works here for at most so long.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromSeconds(10);

    private const int LongestPurpose = 100;
    private const int MostRemembered = 1000;
    private static readonly TimeSpan UseNoted = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<(CredentialKind, string), (Credential Found, long At)> _remembered = [];
    private readonly ConcurrentDictionary<string, long> _noted = new(StringComparer.Ordinal);

    /// <summary>Ids that were asked for and are not in the store: asking again costs the store nothing.</summary>
    private readonly ConcurrentDictionary<(CredentialKind, string), long> _absent = [];

    /// <summary>Ids that were ended here: a read that began before may still find them.</summary>
    private readonly ConcurrentDictionary<(CredentialKind, string), long> _ended = [];

    /// <summary>Makes a token or a session and stores all of it but the secret.</summary>
    /// <param name="kind">Which of both.</param>
    /// <param name="user">Whose, and what it may do.</param>
    /// <param name="purpose">What it is for.</param>
    /// <param name="life">How long.</param>
    /// <param name="by">Who makes it.</param>
    /// <param name="parent">The token that a session is begun with.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SpecException">The purpose is too long, or has more than a line.</exception>
    public async Task<(SecretText Secret, Credential Made)> MakeAsync(
        CredentialKind kind, User user, string purpose, TimeSpan life, string by, string? parent, CancellationToken cancellationToken)
    {
        if (purpose.Length > LongestPurpose || purpose.Any(char.IsControl))
        {
            throw new SpecException($"A token's purpose is one line of at most {LongestPurpose} characters; shorten it.");
        }

        DateTimeOffset now = clock.GetUtcNow();
        SecretText secret = SecretText.Draw(kind);
        var made = new Credential(secret.Id, purpose, user.Name, user.Role, user.Teams, secret.Digest(), now, now + life, by) { Parent = parent };
        return await store.CreateAsync(ArtifactKeys.Credential(kind, secret.Id), made, cancellationToken)
            ? (secret, made)
            : throw new InvalidOperationException("two credentials have drawn one id");
    }

    /// <summary>Makes a token for a user.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="purpose">What it is for.</param>
    /// <param name="days">How long, from 1.</param>
    /// <param name="by">Who makes it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="SpecException">A name cannot be used, or the days are too many.</exception>
    public async Task<MadeToken> MakeTokenAsync(User user, string purpose, int days, string by, CancellationToken cancellationToken)
    {
        User.CheckName(user.Name, "user");
        foreach (string team in user.Teams)
        {
            User.CheckName(team, "team");
        }

        if (days is < 1 or > MostDays)
        {
            throw new SpecException($"A token of {days} days cannot be made; use 1 to {MostDays}.");
        }

        (SecretText secret, Credential made) =
            await MakeAsync(CredentialKind.Token, user, purpose, TimeSpan.FromDays(days), by, parent: null, cancellationToken);
        return new MadeToken(secret.ToString(), TokenView.Of(made));
    }

    /// <returns>Null for a text that is no credential of this kind, was revoked, or has expired.</returns>
    public async Task<Credential?> FindAsync(CredentialKind kind, string text, CancellationToken cancellationToken)
    {
        if (SecretText.Parse(kind, text) is not { } secret)
        {
            return null;
        }

        Credential? found = await GetReadableAsync(kind, secret.Id, cancellationToken);
        if (found is null || !secret.IsOf(found.Digest) || clock.GetUtcNow() >= found.Expires)
        {
            return null;
        }

        if (kind == CredentialKind.Token)
        {
            await NoteUseAsync(secret.Id, cancellationToken);
        }

        return found;
    }

    /// <summary>Whether there still is such a token.</summary>
    public async Task<bool> HasTokenAsync(string id, CancellationToken cancellationToken) =>
        await GetAsync(CredentialKind.Token, id, cancellationToken) is not null;

    /// <summary>Every token, those that have expired too, newest first.</summary>
    public async Task<IReadOnlyList<TokenView>> ListAsync(CancellationToken cancellationToken)
    {
        List<TokenView> found = [];
        await foreach (string id in IdsAsync(CredentialKind.Token, cancellationToken))
        {
            try
            {
                if (await store.FindAsync(ArtifactKeys.Credential(CredentialKind.Token, id), cancellationToken) is { } token)
                {
                    CredentialUse? use = await store.FindAsync(ArtifactKeys.CredentialUse(id), cancellationToken);
                    found.Add(TokenView.Of(token) with { LastUsed = use?.At });
                }
            }
            catch (DamagedException e)
            {
                found.Add(TokenView.Damaged(id, e.Message));
            }
        }

        return [.. found.OrderByDescending(t => t.Created).ThenBy(t => t.Id, StringComparer.Ordinal)];
    }

    /// <summary>From now on it is refused here, and elsewhere <see cref="Remembered"/> later.</summary>
    /// <exception cref="NotFoundException">There is no such token.</exception>
    /// <exception cref="SpecException">The text is no id.</exception>
    public async Task RevokeTokenAsync(string id, CancellationToken cancellationToken)
    {
        if (!SecretText.IsId(id))
        {
            throw new SpecException("That is no id of a token; use the 16 hex digits that the list of tokens shows, and never the token itself.");
        }

        if (!await store.ExistsAsync(ArtifactKeys.Credential(CredentialKind.Token, id), cancellationToken))
        {
            throw new NotFoundException($"There is no token {id}; GET /api/v1/tokens lists those there are.");
        }

        await EndAsync(CredentialKind.Token, id, cancellationToken);
        await store.DeleteAsync(ArtifactKeys.CredentialUse(id), cancellationToken);
    }

    public async Task EndAsync(CredentialKind kind, string id, CancellationToken cancellationToken)
    {
        foreach (((CredentialKind, string) ended, long at) in _ended)
        {
            if (clock.GetElapsedTime(at) >= Remembered)
            {
                _ended.TryRemove(KeyValuePair.Create(ended, at));
            }
        }

        await store.DeleteAsync(ArtifactKeys.Credential(kind, id), cancellationToken);
        _ended[(kind, id)] = clock.GetTimestamp();
        _remembered.TryRemove((kind, id), out _);
    }

    /// <summary>Removes expired sessions, which nobody signs out of, and the notes of when tokens that are gone were used.</summary>
    /// <returns>The sessions that have not expired.</returns>
    public async Task<IReadOnlyList<Credential>> ForgetExpiredAsync(CancellationToken cancellationToken)
    {
        List<Credential> open = [];
        await foreach (string id in IdsAsync(CredentialKind.Session, cancellationToken))
        {
            try
            {
                if (await store.FindAsync(ArtifactKeys.Credential(CredentialKind.Session, id), cancellationToken) is { } session)
                {
                    if (clock.GetUtcNow() < session.Expires)
                    {
                        open.Add(session);
                    }
                    else
                    {
                        await EndAsync(CredentialKind.Session, id, cancellationToken);
                    }
                }
            }
            catch (DamagedException)
            {
                // A damaged session lets nobody in, so it may stay: another build may be able to read it.
            }
        }

        await ForgetUsesAsync(cancellationToken);
        return open;
    }

    private async Task ForgetUsesAsync(CancellationToken cancellationToken)
    {
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.CredentialUses, cancellationToken))
        {
            if (ArtifactKeys.IdOfCredentialUse(info.Key) is { } id
                && !await store.ExistsAsync(ArtifactKeys.Credential(CredentialKind.Token, id), cancellationToken))
            {
                await store.DeleteAsync(info.Key, cancellationToken);
            }
        }
    }

    /// <summary>The credential. A session that cannot be read counts as none: its user signs in again.</summary>
    private async Task<Credential?> GetReadableAsync(CredentialKind kind, string id, CancellationToken cancellationToken)
    {
        try
        {
            return await GetAsync(kind, id, cancellationToken);
        }
        catch (DamagedException) when (kind == CredentialKind.Session)
        {
            return null;
        }
    }

    private async Task<Credential?> GetAsync(CredentialKind kind, string id, CancellationToken cancellationToken) =>
        IsRecent(_ended, kind, id) || IsRecent(_absent, kind, id) ? null
        : _remembered.TryGetValue((kind, id), out (Credential Found, long At) known) && clock.GetElapsedTime(known.At) < Remembered ? known.Found
        : await ReadAsync(kind, id, cancellationToken);

    private bool IsRecent(ConcurrentDictionary<(CredentialKind, string), long> times, CredentialKind kind, string id) =>
        times.TryGetValue((kind, id), out long at) && clock.GetElapsedTime(at) < Remembered;

    private async Task<Credential?> ReadAsync(CredentialKind kind, string id, CancellationToken cancellationToken)
    {
        // The credential may be ended while it is read: its age counts from before, and one that was ended since is not given.
        long at = clock.GetTimestamp();
        Credential? found = await store.FindAsync(ArtifactKeys.Credential(kind, id), cancellationToken);
        if (found is null)
        {
            _remembered.TryRemove((kind, id), out _);
            KeepSmall(_absent);
            _absent[(kind, id)] = at;
            return null;
        }

        KeepSmall(_remembered);
        _remembered[(kind, id)] = (found, at);
        return IsRecent(_ended, kind, id) ? null : found;
    }

    private static void KeepSmall<T>(ConcurrentDictionary<(CredentialKind, string), T> known)
    {
        if (known.Count >= MostRemembered)
        {
            known.Clear();
        }
    }

    /// <summary>Notes when the token was used. A store that takes no writes must still let its readers in: the use is noted later.</summary>
    private async Task NoteUseAsync(string id, CancellationToken cancellationToken)
    {
        if (_noted.TryGetValue(id, out long noted) && clock.GetElapsedTime(noted) < UseNoted)
        {
            return;
        }

        _noted[id] = clock.GetTimestamp();
        try
        {
            await store.PutAsync(ArtifactKeys.CredentialUse(id), CanonicalJson.Write(new CredentialUse(clock.GetUtcNow())), cancellationToken);
            if (_ended.ContainsKey((CredentialKind.Token, id)))
            {
                await store.DeleteAsync(ArtifactKeys.CredentialUse(id), cancellationToken);
            }
        }
        catch (ArtifactStoreException)
        {
            // Not reported here: a caller who writes a run or a sweep is told that the store takes no writes.
        }
    }

    private async IAsyncEnumerable<string> IdsAsync(
        CredentialKind kind, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.CredentialPrefix(kind), cancellationToken))
        {
            if (ArtifactKeys.IdOfCredential(kind, info.Key) is { } id)
            {
                yield return id;
            }
        }
    }
}
