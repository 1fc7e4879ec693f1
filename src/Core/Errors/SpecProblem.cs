namespace AdvSeg.Core.Errors;

/// <summary>What is wrong with a spec, and the remedy.</summary>
/// <param name="Message">Names the value and the remedy.</param>
/// <param name="Paths">The settings involved, such as <c>variants[1].steps</c>; a file is quoted where it sets the first of them.</param>
internal sealed record SpecProblem(string Message, params string[] Paths);

/// <summary>Collects problems, so that one reading of a file names them all.</summary>
internal sealed class SpecProblems
{
    private readonly List<SpecProblem> _found = [];

    public IReadOnlyList<SpecProblem> Found => _found;

    public void Add(string message, params string[] paths) => _found.Add(new SpecProblem(message, paths));

    /// <summary>Adds a problem unless the condition holds.</summary>
    public void Require(bool holds, string message, params string[] paths)
    {
        if (!holds)
        {
            Add(message, paths);
        }
    }

    /// <summary>A number within limits that belong to the range.</summary>
    public void Within(string path, double value, double low, double high, string hint = "") =>
        Require(value >= low && value <= high, $"{KeyOf(path)} is {value}; use {low} to {high}{hint}", path);

    /// <summary>A positive number up to a limit; NaN and 0 are refused.</summary>
    public void Positive(string path, double value, double high) =>
        Require(value > 0 && value <= high, $"{KeyOf(path)} is {value}; use a number above 0, at most {high}", path);

    /// <summary>A share of something that is never reached.</summary>
    public void BelowOne(string path, double value) =>
        Require(value is >= 0 and < 1, $"{KeyOf(path)} is {value}; use 0 or more, less than 1", path);

    private static string KeyOf(string path) => path[(path.LastIndexOf('.') + 1)..];
}
