using System.Text;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.UseCases.Access;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// Keeps sessions few. Expired ones are deleted now and then, and a user who signs in again and again ends their oldest one, at any server. So
/// signing in costs the same however many there are, and nobody fills the store with them.
/// </summary>
internal sealed partial class Sessions(
    Credentials credentials, IArtifactStore store, AccessSettings settings, TimeProvider clock, ILogger<Sessions> logger)
    : BackgroundService
{
    /// <summary>Of one token, or of one user whom the provider has recognised.</summary>
    public const int Most = 20;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    /// <summary>Counts a new session, and ends the oldest ones when there are more than <see cref="Most"/>.</summary>
    public Task AdmitAsync(Credential session, CancellationToken cancellationToken) => ChangeAsync(
        ListOf(session.Parent ?? KeyOf(session.User)),
        async marks =>
        {
            var mark = new SessionMark(session.Id, session.Created, session.Expires);
            SessionMark[] all = [.. marks.Where(m => m.Expires > session.Created).Append(mark).OrderByDescending(m => m.Created)];

            // Sessions end before the list is written: a server that dies in between leaves marks of ended sessions, and no session without a mark.
            foreach (SessionMark old in all.Skip(Most))
            {
                await credentials.EndAsync(CredentialKind.Session, old.Id, cancellationToken);
            }

            return [.. all.Take(Most)];
        },
        cancellationToken);

    /// <param name="id">The session's.</param>
    /// <param name="key">The key of the list that counts it, <see cref="KeyOf(Caller)"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task EndAsync(string id, string key, CancellationToken cancellationToken)
    {
        await credentials.EndAsync(CredentialKind.Session, id, cancellationToken);
        await ChangeAsync(ListOf(key), marks => Task.FromResult<SessionMark[]>([.. marks.Where(m => m.Id != id)]), cancellationToken);
    }

    /// <summary>Signs a user out everywhere, whether the counts of their sessions can be read or not.</summary>
    /// <returns>How many sessions that were.</returns>
    public async Task<int> EndAllAsync(string user, CancellationToken cancellationToken)
    {
        Credential[] own = [.. (await credentials.ForgetExpiredAsync(cancellationToken)).Where(s => s.User == user)];
        foreach (Credential session in own)
        {
            await credentials.EndAsync(CredentialKind.Session, session.Id, cancellationToken);
        }

        foreach (IGrouping<string, Credential> ended in own.GroupBy(s => s.Parent ?? KeyOf(user)))
        {
            HashSet<string> ids = [.. ended.Select(s => s.Id)];
            try
            {
                await ChangeAsync(
                    ListOf(ended.Key), marks => Task.FromResult<SessionMark[]>([.. marks.Where(m => !ids.Contains(m.Id))]), cancellationToken);
            }
            catch (DamagedException e)
            {
                LogNotCounted(logger, e, ids.Count);
            }
        }

        return own.Length;
    }

    /// <summary>Forgets what has expired.</summary>
    public async Task TidyAsync(CancellationToken cancellationToken)
    {
        await credentials.ForgetExpiredAsync(cancellationToken);
        await foreach (ArtifactInfo info in store.ListAsync(ArtifactKeys.SessionLists, cancellationToken))
        {
            if (await store.GetAsync(info.Key, cancellationToken) is { } there && IsOver(there))
            {
                await store.TryDeleteAsync(info.Key, there.ETag, cancellationToken);
            }
        }
    }

    /// <summary>The key of the list that counts a caller's sessions, of which there may be <see cref="Most"/>.</summary>
    public static string KeyOf(Caller caller) => caller.Token ?? KeyOf(caller.User.Name);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!settings.HasLogin)
        {
            return;
        }

        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await TidyAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotTidied(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static string KeyOf(string user) => $"user {user}";

    private static ArtifactKey<SessionList> ListOf(string key) => ArtifactKeys.SessionList(Digest.Of(Encoding.UTF8.GetBytes(key)));

    /// <summary>
    /// Whether all sessions of a list have expired. A list that cannot be read is kept for a person to mend: signing in reports it.
    /// </summary>
    private bool IsOver(Artifact list)
    {
        try
        {
            return StoredJson.Read<SessionList>(list.Data, ArtifactKeys.SessionLists).Sessions.All(m => m.Expires <= clock.GetUtcNow());
        }
        catch (DamagedException)
        {
            return false;
        }
    }

    /// <summary>Decides again on what is there whenever another server was faster.</summary>
    private async Task ChangeAsync(
        ArtifactKey<SessionList> key, Func<IReadOnlyList<SessionMark>, Task<SessionMark[]>> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            Artifact? there = await store.GetAsync(key, cancellationToken);
            SessionMark[] marks = await change(there is null ? [] : StoredJson.Read<SessionList>(there.Data, key).Sessions);
            byte[] next = CanonicalJson.Write(new SessionList(marks));
            if (await (there is null
                ? store.TryCreateAsync(key, next, cancellationToken)
                : store.TryReplaceAsync(key, next, there.ETag, cancellationToken)) is not null)
            {
                return;
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} sessions have ended; the list that counts them is left as it is")]
    private static partial void LogNotCounted(ILogger logger, Exception exception, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sessions that have expired could not be forgotten; it is tried again")]
    private static partial void LogNotTidied(ILogger logger, Exception exception);
}
