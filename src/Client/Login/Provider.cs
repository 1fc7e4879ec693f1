using System.Text.Json;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;

namespace AdvSeg.Client.Login;

/// <summary>What a provider gives when a user has signed in.</summary>
internal sealed record GivenTokens(string IdToken, string AccessToken, string? RefreshToken);

/// <summary>A code that a person types in at the provider, on any device (RFC 8628).</summary>
internal sealed record DeviceCode(string Secret, string UserCode, string Address, TimeSpan Interval, TimeSpan Life)
{
    public string? WholeAddress { get; init; }
}

/// <summary>An OpenID Connect provider, as a public client asks it.</summary>
internal sealed class Provider(HttpClient http, string clientId, string scopes, string nonce, JsonElement document)
{
    private const string Pending = "authorization_pending";
    private const string SlowDown = "slow_down";

    /// <summary>Added to the polling interval each time the provider asks to slow down (RFC 8628, 3.5).</summary>
    private static readonly TimeSpan Slower = TimeSpan.FromSeconds(5);

    public string ClientId => clientId;

    public Uri TokenAddress => AddressOf("token_endpoint")!;

    public Uri? RevocationAddress => AddressOf("revocation_endpoint");

    /// <summary>What it calls itself.</summary>
    public string Issuer => TextOf(document, "issuer");

    /// <summary>Whether it names itself in every answer that a browser brings back (RFC 9207).</summary>
    public bool NamesItself =>
        document.TryGetProperty("authorization_response_iss_parameter_supported", out JsonElement says) && says.ValueKind == JsonValueKind.True;

    /// <summary>What the provider says of itself (OpenID Connect Discovery 1.0).</summary>
    /// <param name="http">Asks it.</param>
    /// <param name="offer">What the server says of it.</param>
    /// <param name="nonce">Ties what it gives to that server.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CommandException">
    /// It does not answer, gives itself another name than the server does, or would be asked without TLS.
    /// </exception>
    public static async Task<Provider> FindAsync(HttpClient http, LoginOffer offer, string nonce, CancellationToken cancellationToken)
    {
        string text = $"{offer.Authority.TrimEnd('/')}/.well-known/openid-configuration";
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? address) || !IsSafe(address))
        {
            throw new CommandException(
                ExitCode.Failure, $"The server names a provider that is not asked over TLS: '{Redacted.Of(offer.Authority)}'.");
        }

        JsonElement document = await SendAsync(http, new HttpRequestMessage(HttpMethod.Get, address), cancellationToken);
        var provider = new Provider(http, offer.ClientId, $"openid profile offline_access {offer.Scopes}".TrimEnd(), nonce, document);

        // Otherwise a server could put itself between this program and a provider that it does not own.
        return provider.Issuer.TrimEnd('/') == offer.Authority.TrimEnd('/') ? provider : throw new CommandException(
            ExitCode.Failure, $"The provider at '{Redacted.Of(offer.Authority)}' calls itself '{Redacted.Of(provider.Issuer)}'; the server must name "
                + "it so.");
    }

    /// <summary>Where the browser goes; consent is asked for because without it no refresh token is given.</summary>
    public string SignInAddress(Pkce pkce, string state, string redirect) => $"{Required("authorization_endpoint")}?" + Query(
        ("response_type", "code"), ("client_id", clientId), ("scope", scopes), ("redirect_uri", redirect), ("state", state),
        ("code_challenge", pkce.Challenge), ("code_challenge_method", "S256"), ("nonce", nonce), ("prompt", "consent"));

    public async Task<GivenTokens> RedeemAsync(string code, Pkce pkce, string redirect, CancellationToken cancellationToken) => TokensOf(
        await PostAsync(
            Required("token_endpoint"),
            [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect), ("code_verifier", pkce.Verifier)],
            cancellationToken),
        before: null);

    /// <exception cref="CommandException">The provider has no such flow, or refuses.</exception>
    public async Task<DeviceCode> BeginDeviceAsync(CancellationToken cancellationToken)
    {
        Uri address = AddressOf("device_authorization_endpoint") ?? throw new CommandException(
            ExitCode.Failure, "The provider has no sign-in with a code (device flow); leave --device out, on a machine with a browser.");
        JsonElement answer = await PostAsync(address, [("scope", scopes), ("nonce", nonce)], cancellationToken);
        return new DeviceCode(
            TextOf(answer, "device_code"), TextOf(answer, "user_code"), TextOf(answer, "verification_uri"),
            TimeSpan.FromSeconds(NumberOf(answer, "interval") ?? 5), TimeSpan.FromSeconds(NumberOf(answer, "expires_in") ?? 300))
        {
            WholeAddress = answer.TryGetProperty("verification_uri_complete", out JsonElement whole) ? whole.GetString() : null,
        };
    }

    /// <summary>Waits until the person has typed the code in.</summary>
    /// <exception cref="CommandException">They refused, or took too long.</exception>
    public async Task<GivenTokens> EndDeviceAsync(DeviceCode device, TimeProvider clock, CancellationToken cancellationToken)
    {
        long start = clock.GetTimestamp();
        TimeSpan interval = device.Interval;
        while (clock.GetElapsedTime(start) < device.Life)
        {
            await Task.Delay(interval, clock, cancellationToken);
            try
            {
                return TokensOf(
                    await PostAsync(
                        Required("token_endpoint"),
                        [("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", device.Secret)],
                        cancellationToken),
                    before: null);
            }
            catch (ProviderRefusalException e) when (e.Error is Pending or SlowDown)
            {
                interval += e.Error == SlowDown ? Slower : TimeSpan.Zero;
            }
        }

        throw new CommandException(ExitCode.Failure, "Nobody typed the code in in time; run 'advseg login --device' again.");
    }

    /// <exception cref="ProviderRefusalException">The provider no longer takes the refresh token.</exception>
    public static async Task<GivenTokens> RefreshAsync(HttpClient http, KeptLogin login, CancellationToken cancellationToken)
    {
        JsonElement answer = await PostAsync(
            http, login.TokenAddress, [("grant_type", "refresh_token"), ("refresh_token", login.RefreshToken!), ("client_id", login.ClientId)],
            cancellationToken);
        return TokensOf(answer, login.RefreshToken);
    }

    /// <summary>Revokes the refresh token (RFC 7009).</summary>
    public static Task RevokeAsync(HttpClient http, KeptLogin login, CancellationToken cancellationToken) => PostAsync(
        http, login.RevocationAddress!, [("token", login.RefreshToken!), ("token_type_hint", "refresh_token"), ("client_id", login.ClientId)],
        cancellationToken);

    private Task<JsonElement> PostAsync(Uri address, IEnumerable<(string, string)> fields, CancellationToken cancellationToken) =>
        PostAsync(http, address, fields.Append(("client_id", clientId)), cancellationToken);

    private static Task<JsonElement> PostAsync(
        HttpClient http, Uri address, IEnumerable<(string Name, string Value)> fields, CancellationToken cancellationToken) => SendAsync(
        http,
        new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))),
        },
        cancellationToken);

    private static async Task<JsonElement> SendAsync(HttpClient http, HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string host = request.RequestUri!.GetLeftPart(UriPartial.Authority);
        try
        {
            using HttpRequestMessage sent = request;
            using HttpResponseMessage answer = await http.SendAsync(sent, cancellationToken);
            string text = await answer.Content.ReadAsStringAsync(cancellationToken);
            using JsonDocument document = JsonDocument.Parse(text.Length == 0 ? "{}" : text);
            return answer.IsSuccessStatusCode ? document.RootElement.Clone() : throw RefusalOf(document.RootElement, host, (int)answer.StatusCode);
        }
        catch (HttpRequestException e)
        {
            throw new CommandException(ExitCode.Unreachable, $"No answer from the provider {host} ({e.GetBaseException().Message.TrimEnd('.')}).", e);
        }
        catch (JsonException e)
        {
            throw new CommandException(ExitCode.Failure, $"{host} does not answer like an OpenID Connect provider.", e);
        }
    }

    private static ProviderRefusalException RefusalOf(JsonElement answer, string host, int status)
    {
        string error = answer.TryGetProperty("error", out JsonElement word) ? word.GetString() ?? "" : "";
        string why = answer.TryGetProperty("error_description", out JsonElement text) ? text.GetString() ?? error : error;
        return new ProviderRefusalException(
            error, $"The provider {host} refused: {(why.Length > 0 ? why : $"status {status}")}. Run 'advseg login' again.");
    }

    private static GivenTokens TokensOf(JsonElement answer, string? before) => new(TextOf(answer, "id_token"), TextOf(answer, "access_token"),
        answer.TryGetProperty("refresh_token", out JsonElement refresh) ? refresh.GetString() : before);

    private static string TextOf(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out JsonElement value) && value.GetString() is { } text ? text
        : throw new CommandException(ExitCode.Failure, $"The provider's answer has no {name}; its client for advseg is not set up for it.");

    private static double? NumberOf(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out JsonElement value) && value.TryGetDouble(out double number) ? number : null;

    private Uri Required(string name) =>
        AddressOf(name) ?? throw new CommandException(ExitCode.Failure, $"The provider says no safe address for {name}; it cannot be used.");

    private Uri? AddressOf(string name) =>
        document.TryGetProperty(name, out JsonElement value) && Uri.TryCreate(value.GetString(), UriKind.Absolute, out Uri? address)
        && IsSafe(address)
            ? address
            : null;

    private static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    private static string Query(params (string Name, string Value)[] parts) =>
        string.Join('&', parts.Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value)}"));
}

/// <summary>A provider's answer with an error of OAuth 2.0.</summary>
internal sealed class ProviderRefusalException(string error, string message) : CommandException(Core.Errors.ExitCode.Failure, message)
{
    public string Error => error;
}
