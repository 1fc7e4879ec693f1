using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Yaml;

/// <summary>Everything wrong with one file, so that a person corrects it once.</summary>
internal sealed class SpecErrors
{
    private const int MostShown = 20;

    private readonly List<(Place Place, string Message)> _found = [];
    private readonly HashSet<(Place Place, string Message)> _known = [];

    public bool Any => _found.Count > 0;

    /// <summary>Adds an error once: a shared setting that several variants read is reported where it is written.</summary>
    public void Add(Place place, string message)
    {
        if (_known.Add((place, message)))
        {
            _found.Add((place, message));
        }
    }

    /// <exception cref="SpecException">Something was found: one line each, in the order of the file.</exception>
    public void ThrowIfAny()
    {
        if (Any)
        {
            IEnumerable<string> lines =
                _found.OrderBy(e => e.Place.Line).ThenBy(e => e.Place.Column).Take(MostShown).Select(e => $"{e.Place}: {e.Message.TrimEnd('.')}.");
            throw new SpecException(
                string.Join('\n', _found.Count > MostShown ? lines.Append($"{_found.Count - MostShown} more errors; correct these first.") : lines));
        }
    }

    /// <summary>An error that makes reading on pointless.</summary>
    public static SpecException Fatal(Place place, string message) => new($"{place}: {message.TrimEnd('.')}.");
}
