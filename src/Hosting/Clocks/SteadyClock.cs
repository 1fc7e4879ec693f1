using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AdvSeg.Hosting.Clocks;

/// <summary>
/// The machine's clock, except that it never goes back. When the machine's is set back, this one goes on at half the speed until the machine's has
/// caught up; a clock that is set forward is followed. Otherwise a process that waits for a moment would wait longer by as much as the clock was set
/// back, and Orleans would start no grain before the moment at which it last looked for idle ones.
/// </summary>
public sealed class SteadyClock(TimeProvider machine) : TimeProvider
{
    private readonly Lock _lock = new();
    private DateTimeOffset _now = machine.GetUtcNow();
    private long _at = machine.GetTimestamp();

    /// <summary>The clock that stamps what is stored on this machine.</summary>
    public TimeProvider Machine => machine;

    public override long TimestampFrequency => machine.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            // The order matters: a thread that is held up between the two makes this clock lag until it is asked again, and never lead.
            DateTimeOffset said = machine.GetUtcNow();
            long at = machine.GetTimestamp();
            DateTimeOffset gone = _now + (machine.GetElapsedTime(_at, at) / 2);
            (_now, _at) = (said > gone ? said : gone, at);
            return _now;
        }
    }

    public override long GetTimestamp() => machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);
}

public static class SteadyClockServices
{
    /// <summary>Gives the host this clock, unless it has one. To be called before Orleans, which brings the machine's.</summary>
    public static IServiceCollection AddSteadyClock(this IServiceCollection services)
    {
        services.TryAddSingleton<TimeProvider>(_ => new SteadyClock(TimeProvider.System));
        return services;
    }

    /// <summary>The machine's clock, for what is stamped with a time of day.</summary>
    public static TimeProvider MachineClock(this IServiceProvider services)
    {
        TimeProvider clock = services.GetRequiredService<TimeProvider>();
        return clock is SteadyClock steady ? steady.Machine : clock;
    }
}
