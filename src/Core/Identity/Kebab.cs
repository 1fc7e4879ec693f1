using System.Text.Json;

namespace AdvSeg.Core.Identity;

/// <summary>
/// The one spelling of a closed set's members outside code: <c>CrossValidation</c> is <c>cross-validation</c> in files, addresses and
/// tables.
/// </summary>
public static class Kebab
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
