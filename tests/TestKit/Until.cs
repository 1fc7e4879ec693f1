namespace AdvSeg.TestKit;

/// <summary>Waits for what another process or thread does, by asking again; what does not come within the limit fails the test.</summary>
public static class Until
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks until there is an answer; an exception of the last question ends the wait.</summary>
    /// <param name="ask">Null: not yet.</param>
    /// <param name="limit">From the first question on.</param>
    /// <param name="between">From question to question, 20 ms by default: longer where a question costs more than that.</param>
    /// <exception cref="TimeoutException">No answer within the limit.</exception>
    public static async Task<T> AnsweredAsync<T>(Func<Task<T?>> ask, TimeSpan limit, TimeSpan? between = null)
        where T : class
    {
        long start = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(between ?? Between);
        while (TimeProvider.System.GetElapsedTime(start) <= limit)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        throw new TimeoutException($"What was waited for did not come within {limit.TotalSeconds:0.#} s.");
    }

    /// <inheritdoc cref="AnsweredAsync"/>
    public static Task HoldsAsync(Func<Task<bool>> holds, TimeSpan limit) =>
        AnsweredAsync(async () => await holds() ? "yes" : null, limit);

    /// <inheritdoc cref="AnsweredAsync"/>
    public static Task HoldsAsync(Func<bool> holds, TimeSpan limit) => HoldsAsync(() => Task.FromResult(holds()), limit);
}
