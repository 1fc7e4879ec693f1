using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Json;
using AdvSeg.UseCases.Errors;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace AdvSeg.Dashboard.Access;

/// <summary>The provider's tokens that <c>advseg</c> shows to this server.</summary>
/// <param name="IdToken">For <c>advseg</c>.</param>
/// <param name="AccessToken">To ask the provider about the user.</param>
/// <param name="Salt">Of the nonce that ties the ID token to this server.</param>
/// <param name="Binding">What this server gave at the first of these sign-ins; empty for none.</param>
internal sealed record ShownTokens(string IdToken, string AccessToken, string Salt, string Binding);

/// <summary>
/// Recognises users whom <c>advseg</c> has signed in at the provider. It shows the ID token that was made for it, and an access token with which this
/// server asks the provider who that is (OpenID Connect Core 1.0, 3.1.3.7 and 5.3).
/// </summary>
internal sealed class ProviderTokens(AccessSettings access, OidcLogin login, LoginBinding bindings, Callers callers)
{
    private static readonly JsonWebTokenHandler Reader = new() { MapInboundClaims = false };

    /// <param name="request">Whoever asks, and by which name of this server.</param>
    /// <param name="given">What the provider gave, and for which server.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The user, and what renews the sign-in.</returns>
    /// <exception cref="UnknownUserException">
    /// The tokens are not the provider's, not for <c>advseg</c>, not for this server, have expired, or are of two users.
    /// </exception>
    /// <exception cref="RefusedException">The user has no role.</exception>
    public async Task<(Caller Caller, string Binding)> RecogniseAsync(HttpRequest request, ShownTokens given, CancellationToken cancellationToken)
    {
        (string idToken, string accessToken) = (given.IdToken, given.AccessToken);
        OpenIdConnectConfiguration provider = await ProviderAsync(cancellationToken);
        TokenValidationResult read = await ReadAsync(idToken, provider);
        if (!read.IsValid && read.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            // The provider may sign with a new key, so its keys are fetched again.
            login.Options.ConfigurationManager!.RequestRefresh();
            read = await ReadAsync(idToken, await ProviderAsync(cancellationToken));
        }

        if (!read.IsValid || !IsForClient(read.ClaimsIdentity, access.Oidc.CliClientId))
        {
            throw Refused("the ID token is not valid");
        }

        ClaimsIdentity shown = read.ClaimsIdentity;
        string binding = await bindings.RequireAsync(request, shown, given.Salt, given.Binding, cancellationToken);
        JsonElement? told = string.IsNullOrEmpty(provider.UserInfoEndpoint) ? null
            : await AskAsync(provider.UserInfoEndpoint, accessToken, cancellationToken);
        if (told is { } asked && TextsOf(asked, JwtRegisteredClaimNames.Sub).FirstOrDefault() != shown.FindFirst(JwtRegisteredClaimNames.Sub)?.Value)
        {
            throw Refused("the two tokens are of two users");
        }

        string[] asks = [access.Oidc.NameClaim, access.Oidc.GroupsClaim, OidcSettings.Verified];
        Claim[] claims = [.. shown.Claims, .. asks.Distinct().SelectMany(ask => TextsOf(told, ask).Select(text => new Claim(ask, text)))];
        IEnumerable<string> groups = claims.Where(c => c.Type == access.Oidc.GroupsClaim).Select(c => c.Value);
        return (callers.OfProvider(access.Oidc.NameOf(claims), [.. groups.Distinct()]), binding);
    }

    /// <summary>
    /// OpenID Connect Core 1.0, 3.1.3.7, 3 to 5: an ID token that names several clients must say for which of them it was made (azp).
    /// </summary>
    internal static bool IsForClient(ClaimsIdentity shown, string client)
    {
        string? authorized = shown.FindFirst(JwtRegisteredClaimNames.Azp)?.Value;
        return authorized is null ? shown.FindAll(JwtRegisteredClaimNames.Aud).Count() == 1 : authorized == client;
    }

    private Task<OpenIdConnectConfiguration> ProviderAsync(CancellationToken cancellationToken) =>
        login.Options.ConfigurationManager!.GetConfigurationAsync(cancellationToken);

    private Task<TokenValidationResult> ReadAsync(string idToken, OpenIdConnectConfiguration provider) =>
        Reader.ValidateTokenAsync(idToken, new TokenValidationParameters
        {
            ValidIssuer = provider.Issuer,
            ValidAudience = access.Oidc.CliClientId,
            IssuerSigningKeys = provider.SigningKeys,
        });

    private async Task<JsonElement> AskAsync(string address, string accessToken, CancellationToken cancellationToken)
    {
        OpenIdConnectOptions options = login.Options;
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        using HttpResponseMessage answer = await options.Backchannel.SendAsync(request, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw Refused("the access token is not valid");
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellationToken));
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw Refused("the provider's answer about the user is no JSON");
        }
    }

    /// <summary>A claim is one text, or a list of them.</summary>
    private static IEnumerable<string> TextsOf(JsonElement? claims, string name) =>
        claims is not { ValueKind: JsonValueKind.Object } told || !told.TryGetProperty(name, out JsonElement claim) ? []
        : claim.ValueKind == JsonValueKind.Array ? claim.EnumerateArray().Where(c => c.ValueKind == JsonValueKind.String).Select(c => c.GetString()!)
        : claim.ValueKind == JsonValueKind.String ? [claim.GetString()!]
        : claim.ValueKind is JsonValueKind.True or JsonValueKind.False ? [claim.GetRawText()]
        : [];

    private static UnknownUserException Refused(string why) => new($"Signing in did not succeed: {why}. Begin again with 'advseg login'.");
}
