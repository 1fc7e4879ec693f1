using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Json;
using AdvSeg.UseCases.Errors;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// Users whom <c>advseg</c> has signed in at the provider: it shows the ID token that was made for it, and an access token to ask the provider
/// with who that is (OpenID Connect Core 1.0, 3.1.3.7 and 5.3).
/// </summary>
internal sealed class ProviderTokens(AccessSettings access, OidcLogin login, Callers callers)
{
    private static readonly JsonWebTokenHandler Reader = new() { MapInboundClaims = false };

    /// <exception cref="UnknownUserException">They are not the provider's, not for <c>advseg</c>, have expired, or are of two users.</exception>
    /// <exception cref="RefusedException">The user has no role.</exception>
    public async Task<Caller> RecogniseAsync(string idToken, string accessToken, CancellationToken cancellationToken)
    {
        OpenIdConnectConfiguration provider = await ProviderAsync(cancellationToken);
        TokenValidationResult read = await ReadAsync(idToken, provider);
        if (!read.IsValid && read.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            // The provider signs with a new key.
            login.Options.ConfigurationManager!.RequestRefresh();
            read = await ReadAsync(idToken, await ProviderAsync(cancellationToken));
        }

        if (!read.IsValid)
        {
            throw Refused("the ID token is not valid");
        }

        ClaimsIdentity shown = read.ClaimsIdentity;
        JsonElement? told = string.IsNullOrEmpty(provider.UserInfoEndpoint) ? null
            : await AskAsync(provider.UserInfoEndpoint, accessToken, cancellationToken);
        if (told is { } asked && TextsOf(asked, JwtRegisteredClaimNames.Sub).FirstOrDefault() != shown.FindFirst(JwtRegisteredClaimNames.Sub)?.Value)
        {
            throw Refused("the two tokens are of two users");
        }

        string name = shown.FindFirst(access.Oidc.NameClaim)?.Value ?? TextsOf(told, access.Oidc.NameClaim).FirstOrDefault()
            ?? throw Refused($"the provider does not name the user in the claim '{access.Oidc.NameClaim}'");
        IEnumerable<string> groups = shown.FindAll(access.Oidc.GroupsClaim).Select(c => c.Value).Concat(TextsOf(told, access.Oidc.GroupsClaim));
        return callers.OfProvider(name, [.. groups.Distinct()]);
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
        : [];

    private static UnknownUserException Refused(string why) => new($"Signing in did not succeed: {why}. Begin again with 'advseg login'.");
}
