using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Runs;

namespace AdvSeg.Dashboard.Http;

/// <summary>Reads what a request says about the part of a list that it wants.</summary>
internal static class Paging
{
    private const int LargestPage = 1000;

    /// <exception cref="SpecException">The text is no state.</exception>
    public static RunState? StateOf(string? text)
    {
        RunState[] found = [.. Enum.GetValues<RunState>().Where(s => Kebab.Of(s) == text)];
        return found is [var state]
            ? state
            : text is null or "" ? null : throw new SpecException(
                $"'{text}' is not a run state; use {string.Join(", ", Enum.GetValues<RunState>().Select(Kebab.Of))}.");
    }

    public static (int Offset, int Count) Page(int? offset, int? count) =>
        offset is < 0 || count is < 0 or > LargestPage
            ? throw new SpecException($"There is no page at offset {offset} of {count}; use offset 0 or more and count 0 to {LargestPage}.")
            : (offset ?? 0, count ?? 50);
}
