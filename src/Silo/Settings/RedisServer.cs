using System.Net.Security;
using AdvSeg.Core.Errors;
using AdvSeg.Hosting.Settings;
using AdvSeg.Hosting.Tls;
using StackExchange.Redis;

namespace AdvSeg.Silo.Settings;

/// <summary>The Redis that holds a cluster's membership.</summary>
internal static class RedisServer
{
    /// <exception cref="SpecException">The text is no address of Redis, or its password is given twice.</exception>
    public static ConfigurationOptions OptionsOf(MembershipTable.InRedis redis, AuthorityTrust? trust = null) =>
        OptionsOf(redis, trust ?? TrustOf(redis), static () => { });

    /// <summary>The CA that must have signed its certificate; null: any authority that this machine trusts.</summary>
    /// <exception cref="SpecException">The file holds no certificate.</exception>
    public static AuthorityTrust? TrustOf(MembershipTable.InRedis redis) =>
        redis.Authority is { } authority ? new AuthorityTrust(RedisAddress.AuthoritySetting, authority) : null;

    private static ConfigurationOptions OptionsOf(MembershipTable.InRedis redis, AuthorityTrust? trust, Action distrusted)
    {
        RedisAddress address = RedisAddress.Parse(redis.Configuration);
        ConfigurationOptions options = address.Read(text => ConfigurationOptions.Parse(text));
        options.User = address.User ?? options.User;
        options.Password = RedisAddress.OnePassword(address.Password ?? options.Password, redis.Password);
        if (redis.Authority is not null)
        {
            RedisAddress.RequireTls(options.Ssl);
        }

        RemoteCertificateValidationCallback isTrusted = trust is null ? (_, _, _, errors) => errors == SslPolicyErrors.None : trust.IsTrusted;
        options.CertificateValidation += (sender, certificate, chain, errors) =>
        {
            bool trusted = isTrusted(sender, certificate, chain, errors);
            if (!trusted)
            {
                distrusted();
            }

            return trusted;
        };
        return options;
    }

    /// <summary>
    /// Asks Redis once, before anything heavy starts, unless the address says that Redis may come later (<c>abortConnect=false</c>): Orleans reports
    /// a Redis that does not answer with pages of stack trace.
    /// </summary>
    /// <exception cref="RedisUnreachableException">It does not answer, or refuses; the message is one line.</exception>
    public static async Task RequireAsync(MembershipTable.InRedis redis)
    {
        string servers = RedisAddress.Parse(redis.Configuration).Servers;
        bool distrusts = false;
        ConfigurationOptions options = OptionsOf(redis, TrustOf(redis), () => distrusts = true);
        if (!options.AbortOnConnectFail)
        {
            return;
        }

        try
        {
            await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(options);
        }
        catch (RedisConnectionException e)
        {
            bool refuses = e.FailureType == ConnectionFailureType.AuthenticationFailure
                || e.Message.Contains("authentication", StringComparison.OrdinalIgnoreCase);
            throw new RedisUnreachableException(
                distrusts ? $"The certificate of Redis at {servers} is not trusted, or is for another name; give the CA that signed it "
                        + $"({RedisAddress.AuthoritySetting})."
                    : refuses ? $"Redis at {servers} refuses this user and password; correct those of --redis (or ADVSEG_REDIS)."
                    : $"Redis at {servers} does not answer; start it, or correct --redis (or ADVSEG_REDIS).");
        }
    }
}

/// <summary>A server that this process needs does not answer.</summary>
internal sealed class RedisUnreachableException(string message) : Exception(message);
