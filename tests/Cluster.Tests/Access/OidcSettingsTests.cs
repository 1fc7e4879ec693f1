using System.Security.Claims;
using AdvSeg.Core.Errors;
using AdvSeg.Dashboard.Access;
using AdvSeg.Dashboard.Http;
using AdvSeg.UseCases.Errors;
using Microsoft.Extensions.Configuration;

namespace AdvSeg.Cluster.Tests.Access;

/// <summary>What a provider must promise before its word is taken for who somebody is.</summary>
public sealed class OidcSettingsTests
{
    /// <summary>Whoever may choose their name at the provider has the roles and sweeps of anybody here.</summary>
    [Theory]
    [InlineData("", "", "ADVSEG_Oidc__NameClaim is ''; write sub, or email")]
    [InlineData("", "1", "ADVSEG_Oidc__NameClaim is ''; write sub, or email")]
    [InlineData("preferred_username", "", "together with ADVSEG_Oidc__FixedNames=1")]
    [InlineData("name", "0", "together with ADVSEG_Oidc__FixedNames=1")]
    [InlineData("preferred_username", "1", null)]
    [InlineData("sub", "", null)]
    [InlineData("email", "", null)]
    public void NameClaim_ThatUsersMayChange_IsRefusedAtTheStart(string claim, string isFixed, string? refusal) =>
        RequireRefused([("Oidc:NameClaim", claim), ("Oidc:FixedNames", isFixed)], refusal);

    [Theory]
    [InlineData("00:04:59", "ADVSEG_Oidc__Recheck is '00:04:59'; give a time from 00:05:00 to 10:00:00")]
    [InlineData("10:00:01", "ADVSEG_Oidc__Recheck is '10:00:01'")]
    [InlineData("00:05:00", null)]
    [InlineData("10:00:00", null)]
    public void Recheck_OfNoTimeOrOfMoreThanADay_IsRefused(string time, string? refusal) =>
        RequireRefused([("Oidc:NameClaim", "sub"), ("Oidc:Recheck", time)], refusal);

    [Theory]
    [InlineData("true", "", true)]
    [InlineData("True", "", true)]
    [InlineData("false", "", false)]
    [InlineData("", "", false)]
    [InlineData("true,false", "", false)]
    [InlineData("", "1", true)]
    public void Email_ThatTheProviderHasNotVerified_NamesNobody(string verified, string isFixed, bool isTaken)
    {
        var settings = new OidcSettings { NameClaim = "email", FixedNames = isFixed };
        Claim[] claims =
        [
            new("email", "ann@lab.example"),
            .. verified.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(word => new Claim("email_verified", word)),
        ];

        string? name = null;
        Exception? thrown = Record.Exception(() => name = settings.NameOf(claims));

        Assert.Equal(isTaken ? "ann@lab.example" : null, name);
        Assert.Equal(!isTaken, thrown is RefusedException { Message: var said } && said.Contains("email_verified", StringComparison.Ordinal));
        Assert.Equal("email", settings.AllScopes);
    }

    /// <summary>OpenID Connect Core 1.0, 3.1.3.7.</summary>
    [Theory]
    [InlineData("advseg-cli", "", true)]
    [InlineData("advseg-cli", "advseg-cli", true)]
    [InlineData("advseg-cli", "other", false)]
    [InlineData("advseg-cli,other", "", false)]
    [InlineData("advseg-cli,other", "advseg-cli", true)]
    public void IdToken_ThatIsForOthersToo_SaysForWhomItWasMade(string audiences, string authorized, bool isFor)
    {
        var shown = new ClaimsIdentity(
            audiences.Split(',').Select(a => new Claim("aud", a)).Concat(authorized.Length > 0 ? [new Claim("azp", authorized)] : []));

        Assert.Equal(isFor, ProviderTokens.IsForClient(shown, "advseg-cli"));
    }

    /// <summary>What a provider gives to 'advseg' is tied to the server's name: to one that is not anybody's.</summary>
    [Theory]
    [InlineData("localhost;127.0.0.1", false, true)]
    [InlineData("localhost;advseg.example", true, true)]
    [InlineData("localhost;127.0.0.1", true, false)]
    [InlineData("*", false, false)]
    [InlineData("advseg.example;*", false, false)]
    public void Login_AtAServerWithoutANameOfItsOwn_IsRefusedAtTheStart(string hosts, bool allowsAddresses, bool isTaken)
    {
        var access = new AccessSettings { Logins = [LoginMethod.Oidc], Oidc = new OidcSettings { CliClientId = "advseg-cli" } };
        var dashboard = new DashboardSettings { AllowedHosts = hosts.Split(';'), AllowsAddresses = allowsAddresses };

        Exception? thrown = Record.Exception(() => LoginBinding.RequireName(access, dashboard));

        Assert.Equal(!isTaken, thrown is SpecException { Message: var said }
            && said.Contains("name it in ADVSEG_Dashboard__AllowedHosts", StringComparison.Ordinal) && !said.Contains('\n'));
        Assert.Null(Record.Exception(() => LoginBinding.RequireName(access with { Logins = [LoginMethod.Token] }, dashboard)));
    }

    private static void RequireRefused((string, string?)[] more, string? refusal)
    {
        (string, string?)[] given =
            [("Login", "oidc"), ("Oidc:Authority", "https://login.example"), ("Oidc:ClientId", "advseg"), ("Roles:Admin", "ann"), .. more];
        IConfiguration configuration =
            new ConfigurationBuilder().AddInMemoryCollection(given.Select(g => KeyValuePair.Create(g.Item1, g.Item2))).Build();

        Exception? thrown = Record.Exception(() => AccessSettings.From(configuration));

        Assert.Equal(refusal is null, thrown is null);
        Assert.True(thrown is null or SpecException);
        Assert.Contains(refusal ?? "", thrown?.Message ?? "", StringComparison.Ordinal);
        Assert.DoesNotContain("\n", thrown?.Message ?? "", StringComparison.Ordinal);
    }
}
