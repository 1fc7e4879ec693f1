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

    /// <summary>A number within its limit; NaN is refused.</summary>
    public void Within(string path, double value, Limit limit, string hint = "") =>
        Require(limit.Holds(value), $"{KeyOf(path)} is {value}; {limit.Remedy}{hint}", path);

    /// <param name="what">What is impossible: the beginning of the message.</param>
    /// <exception cref="SpecException">Something was found.</exception>
    public void ThrowIfAny(string what)
    {
        if (_found.Count > 0)
        {
            throw new SpecException($"{what}: {string.Join("; ", _found.Select(p => p.Message))}.");
        }
    }

    private static string KeyOf(string path) => path[(path.LastIndexOf('.') + 1)..];
}
