using AdvSeg.UseCases.Quotas;

namespace AdvSeg.Dashboard.Access;

/// <summary>Stands behind the gate and tells users who ask too often to wait. It does not count probes and unknown callers.</summary>
internal sealed class RateGate(RequestDelegate next, RequestRates rates)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<Caller>() is { } caller)
        {
            rates.Take(caller.User);
        }

        return next(context);
    }
}
