using AdvSeg.UseCases.Quotas;

namespace AdvSeg.Dashboard.Access;

/// <summary>Stands behind the gate: who is known and asks too often is told to wait. Probes and whoever nobody knows never come so far.</summary>
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
