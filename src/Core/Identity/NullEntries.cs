using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;

namespace AdvSeg.Core.Identity;

/// <summary>
/// Finds null entries in the lists of records that were read: the reader checks the nullability of members, never that of a list's entries.
/// </summary>
internal static class NullEntries
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = [];

    public static bool Has(object value) => value switch
    {
        string => false,
        IEnumerable list when MayNotBeNull(list) => list.Cast<object?>().Any(entry => entry is null || Has(entry)),
        _ when value.GetType() is { IsEnum: false, Namespace: { } space } && space.StartsWith("AdvSeg.", StringComparison.Ordinal) =>
            Properties.GetOrAdd(value.GetType(), ReadableOf).Select(p => p.GetValue(value)).OfType<object>().Any(Has),
        _ => false,
    };

    /// <summary>Lists of numbers that may be undefined are the only ones that may have a null, and numbers have no lists in them.</summary>
    private static bool MayNotBeNull(IEnumerable list) => list.GetType().GetInterfaces().Append(list.GetType())
        .Where(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(IEnumerable<>))
        .Any(t => !t.GenericTypeArguments[0].IsValueType);

    /// <summary>The members that the reader sets. Computed members are left alone, because they may throw on what was read.</summary>
    private static PropertyInfo[] ReadableOf(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite && p.GetIndexParameters().Length == 0)];
}
