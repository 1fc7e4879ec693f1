using AdvSeg.Client.Cli;
using AdvSeg.Client.Login;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;

namespace AdvSeg.Client.Api;

/// <summary>A sign-in that is kept in a file. Its session is renewed at the provider shortly before it ends.</summary>
/// <param name="server">Where.</param>
/// <param name="file">Where it is kept.</param>
/// <param name="clock">The machine's.</param>
internal sealed class StoredLogin(ServerAddress server, LoginFile file, TimeProvider clock)
{
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(2);

    /// <returns>Null when the user has not signed in there.</returns>
    public static StoredLogin? Find(ServerAddress server) =>
        LoginFile.OfUser() is var file && file.Find(server.Name) is not null ? new StoredLogin(server, file, TimeProvider.System) : null;

    /// <summary>What is sent to the server.</summary>
    /// <exception cref="CommandException">The sign-in has ended, and renewing it takes a person.</exception>
    public async Task<string> TokenAsync(CancellationToken cancellationToken)
    {
        KeptLogin kept = file.Find(server.Name) ?? throw Ended(null);
        if (IsGood(kept))
        {
            return kept.Session;
        }

        using LoginFile.Turn turn = await file.TakeTurnAsync(clock, cancellationToken);

        // Another command may have renewed it meanwhile, or ended it.
        kept = file.Find(server.Name) ?? throw Ended(null);
        if (IsGood(kept))
        {
            return kept.Session;
        }

        if (kept.RefreshToken is null)
        {
            throw Ended(null);
        }

        using HttpClient http = ApiConnection.OpenProvider();
        try
        {
            GivenTokens given = await Provider.RefreshAsync(http, kept, cancellationToken);

            // The provider may have voided the old refresh token, so the new one is kept at once: the next call may fail or be cancelled.
            kept = kept with { RefreshToken = given.RefreshToken };
            turn.Keep(server.Name, kept);
            KeptLogin renewed = await BeginAsync(server, given, "", kept, cancellationToken);
            turn.Keep(server.Name, renewed);
            return renewed.Session;
        }
        catch (ProviderRefusalException e)
        {
            throw Ended(e);
        }
    }

    /// <summary>Begins a session at the server with what the provider gave.</summary>
    /// <param name="server">The server.</param>
    /// <param name="given">What the provider gave.</param>
    /// <param name="salt">Of the nonce that the provider was asked with; empty for one that is renewed.</param>
    /// <param name="login">What else is kept.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<KeptLogin> BeginAsync(
        ServerAddress server, GivenTokens given, string salt, KeptLogin login, CancellationToken cancellationToken)
    {
        using var api = new ApiClient(server with { Login = null });
        using var form = new FormUrlEncodedContent(
            [new("id_token", given.IdToken), new("access_token", given.AccessToken), new("salt", salt), new("binding", login.Binding ?? "")]);
        MadeSession made = await api.BeginLoginAsync(form, cancellationToken);
        return login with
        {
            Session = made.Token,
            Expires = made.Who.Expires ?? DateTimeOffset.MaxValue,
            RefreshToken = given.RefreshToken,
            Binding = made.Binding,
        };
    }

    private bool IsGood(KeptLogin kept) => clock.GetUtcNow() < kept.Expires - Early;

    private CommandException Ended(Exception? inner) => new(
        ExitCode.Failure, $"Your sign-in at {server.Name} has ended; run 'advseg login --server {server.Name}' again.", inner);
}
