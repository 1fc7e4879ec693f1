using AdvSeg.Core.Access;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.UseCases.Quotas;

/// <summary>
/// How many requests users may send to this server: a bucket for each of them and one for all, filled at their rates up to some seconds' worth.
/// Admins take from the one for all and are never refused.
/// </summary>
public sealed class RequestRates(QuotaSettings settings, TimeProvider clock)
{
    private const double SecondsAtOnce = 5;
    private const int MostUsers = 10_000;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Bucket> _users = new(StringComparer.Ordinal);
    private Bucket _all = new(double.MaxValue, 0);

    /// <exception cref="TooManyRequestsException">The user, or everybody together, has sent more.</exception>
    public void Take(User user)
    {
        if (settings.RequestsPerSecond == 0 && settings.RequestsPerSecondInAll == 0)
        {
            return;
        }

        bool isFree = user.Role == Role.Admin;
        lock (_lock)
        {
            long now = clock.GetTimestamp();
            if (_users.Count >= MostUsers)
            {
                _users.Clear();
            }

            Bucket own = Filled(_users.GetValueOrDefault(user.Name, new Bucket(double.MaxValue, now)), settings.RequestsPerSecond, now);
            _all = Filled(_all, settings.RequestsPerSecondInAll, now);
            if (!isFree)
            {
                Require(own, settings.RequestsPerSecond, $"'{user.Name}' sends", "ADVSEG_Quota__RequestsPerSecond");
                Require(_all, settings.RequestsPerSecondInAll, "All users together send", "ADVSEG_Quota__RequestsPerSecondInAll");
            }

            _users[user.Name] = own with { Left = own.Left - 1 };
            _all = _all with { Left = Math.Max(0, _all.Left - 1) };
        }
    }

    /// <summary>Never less than one request: a rate of one in ten seconds lets one through.</summary>
    private Bucket Filled(Bucket bucket, double rate, long now) => rate == 0
        ? new Bucket(double.MaxValue, now)
        : new Bucket(Math.Min(Math.Max(1, rate * SecondsAtOnce), bucket.Left + (rate * clock.GetElapsedTime(bucket.At, now).TotalSeconds)), now);

    private static void Require(Bucket bucket, double rate, string who, string setting)
    {
        if (bucket.Left < 1)
        {
            throw new TooManyRequestsException(
                $"{who} more than the {rate:0.##} requests a second that this server takes ({setting}); ask again a little later, or ask whoever "
                    + "runs the server to raise it.",
                TimeSpan.FromSeconds((1 - bucket.Left) / rate));
        }
    }

    private readonly record struct Bucket(double Left, long At);
}
