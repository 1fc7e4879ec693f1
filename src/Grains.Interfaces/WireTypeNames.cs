using System.Text.RegularExpressions;
using AdvSeg.Core.Specs;
using Orleans.Serialization;
using Orleans.Serialization.TypeSystem;

namespace AdvSeg.Grains.Interfaces;

/// <summary>
/// The names under which the public types of Core and of this assembly cross between processes: assembly and simple name, such as
/// <c>AdvSeg.Core.RunOutcome+Completed</c>, whatever folder they lie in. So processes before and after a move understand each other.
/// </summary>
/// <remarks>
/// The class writes as a <see cref="ITypeConverter"/> but reads as a <see cref="TypeResolver"/>: Orleans checks its list of allowed types for what a
/// resolver finds, not for what a converter parses. As a <see cref="ITypeNameFilter"/> the class adds these names to that list, because Orleans adds
/// only the full CLR names that it meets in grain interfaces and would refuse a stream of a record. Types with an <see cref="AliasAttribute"/> are
/// left alone: Orleans finds their aliases by their full CLR names.
/// </remarks>
internal sealed partial class WireTypeNames : TypeResolver, ITypeConverter, ITypeNameFilter
{
    private readonly CachedTypeResolver _types = new();
    private readonly Dictionary<string, string> _wireNames;
    private readonly Dictionary<string, string> _names;

    /// <exception cref="InvalidOperationException">Two types would have one name on the wire.</exception>
    public WireTypeNames()
    {
        List<Type> types = [.. typeof(RunSpec).Assembly.GetExportedTypes(), .. typeof(Wire).Assembly.GetExportedTypes()];
        types.RemoveAll(type => type.IsDefined(typeof(AliasAttribute), inherit: false)
            || !type.FullName!.StartsWith("AdvSeg.", StringComparison.Ordinal));
        _wireNames = types.ToDictionary(type => type.FullName!, WireName, StringComparer.Ordinal);
        foreach (IGrouping<string, Type> same in types.GroupBy(WireName, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            throw new InvalidOperationException($"{string.Join(" and ", same)} would both be {same.Key} on the wire; rename one of them.");
        }

        _names = _wireNames.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
    }

    public bool TryFormat(Type type, out string formatted)
    {
        string today = RuntimeTypeNameFormatter.Format(type);
        formatted = Rewrite(today, _wireNames);
        return formatted != today;
    }

    public bool TryParse(string formatted, out Type type)
    {
        type = null!;
        return false;
    }

    public bool? IsTypeNameAllowed(string typeName, string assemblyName) => _names.ContainsKey(typeName) ? true : null;

    public override Type ResolveType(string name) => _types.ResolveType(Rewrite(name, _names));

    public override bool TryResolveType(string name, out Type type) => _types.TryResolveType(Rewrite(name, _names), out type);

    private static string WireName(Type type) => type.DeclaringType is { } outer
        ? $"{WireName(outer)}+{type.Name}"
        : $"{type.Assembly.GetName().Name}.{type.Name}";

    /// <summary>Replaces each whole name in a type's text, which may be that of an array or of a generic type.</summary>
    private static string Rewrite(string text, Dictionary<string, string> replacements) =>
        TypeName().Replace(text, match => replacements.GetValueOrDefault(match.Value, match.Value));

    [GeneratedRegex(@"[\w.+`]+")]
    private static partial Regex TypeName();
}
