using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Plans;

/// <summary>Finds runs by what people type: a run id, or its first digits.</summary>
public static class RunLookup
{
    public const int FewestDigits = 6;

    /// <summary>Whether the text can name a run: 6 to 64 lower-case hex digits.</summary>
    /// <exception cref="SpecException">It cannot.</exception>
    public static void CheckDigits(string text)
    {
        if (text.Length is < FewestDigits or > 64 || !text.All(c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f'))
        {
            throw new SpecException(
                $"'{text}' names no run; use a run id or at least {FewestDigits} of its first digits, as 'advseg runs' prints them.");
        }
    }

    /// <summary>The one run of the plan whose id starts with the text.</summary>
    /// <exception cref="SpecException">There is none, or more than one.</exception>
    public static string Find(Plan plan, string text)
    {
        CheckDigits(text);
        string[] found = [.. plan.Runs.Select(r => r.Run).Where(r => r.StartsWith(text, StringComparison.Ordinal))];
        return found switch
        {
            [var run] => run,
            [] => throw new SpecException($"Sweep {plan.Sweep} plans no run '{text}'; 'advseg runs {plan.Sweep}' lists its runs."),
            _ => throw new SpecException($"'{text}' names {found.Length} runs of sweep {plan.Sweep}: "
                + $"{string.Join(", ", found.Take(5).Select(r => r[..16]))}{(found.Length > 5 ? ", ..." : "")}; give more digits."),
        };
    }
}

/// <summary>A run and the sweeps that plan it.</summary>
public sealed record RunPlace(string Run, IReadOnlyList<string> Sweeps);
