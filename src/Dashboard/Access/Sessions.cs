using AdvSeg.Core.Access;
using AdvSeg.UseCases.Access;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// Keeps sessions few: those that have expired are forgotten now and then, and one who signs in again and again ends the oldest. So signing in
/// costs the same however many there are, and nobody fills the store with them.
/// </summary>
internal sealed partial class Sessions(Credentials credentials, AccessSettings settings, TimeProvider clock, ILogger<Sessions> logger)
    : BackgroundService
{
    /// <summary>Of one token, or of one user whom the provider has recognised.</summary>
    public const int Most = 20;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);

    /// <summary>What began while the store was listed may not be in the list.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private List<Credential> _open = [];

    /// <summary>A session was begun: it may be one too many.</summary>
    public async Task AdmitAsync(Credential session, CancellationToken cancellationToken)
    {
        Credential[] old;
        lock (_lock)
        {
            _open.Add(session);
            old = [.. _open.Where(s => KeyOf(s) == KeyOf(session)).OrderByDescending(s => s.Created).Skip(Most)];
            _open.RemoveAll(old.Contains);
        }

        foreach (Credential one in old)
        {
            await credentials.EndAsync(CredentialKind.Session, one.Id, cancellationToken);
        }
    }

    public async Task EndAsync(string id, CancellationToken cancellationToken)
    {
        await credentials.EndAsync(CredentialKind.Session, id, cancellationToken);
        lock (_lock)
        {
            _open.RemoveAll(s => s.Id == id);
        }
    }

    /// <summary>Forgets what has expired, and learns of the sessions that other servers have begun.</summary>
    public async Task TidyAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset since = clock.GetUtcNow() - Overlap;
        IReadOnlyList<Credential> stored = await credentials.ForgetExpiredAsync(cancellationToken);
        lock (_lock)
        {
            _open = [.. stored.Concat(_open.Where(s => s.Created >= since)).DistinctBy(s => s.Id)];
        }
    }

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

    private static string KeyOf(Credential session) => session.Parent ?? $"user {session.User}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sessions that have expired could not be forgotten; it is tried again")]
    private static partial void LogNotTidied(ILogger logger, Exception exception);
}
