using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Identity;

/// <summary>
/// The one set of JSON options that stores, sends and hashes records: camel case, properties in declared order, enums as
/// kebab-case words, absent means null, shortest round-trip numbers, unknown members refused. Changing an option changes every
/// run's identity.
/// </summary>
public static class CanonicalJson
{
    public static readonly JsonSerializerOptions Options = MakeOptions();

    public static byte[] Write<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <exception cref="SpecException">The bytes are not JSON of a <typeparamref name="T"/>.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, string source)
    {
        try
        {
            T read = JsonSerializer.Deserialize<T>(json, Options) ?? throw new SpecException($"{source} holds null instead of a {typeof(T).Name}.");
            return json.IndexOf("null"u8) >= 0 && NullEntries.Has(read)
                ? throw new SpecException($"{source} is not a valid {typeof(T).Name}: a list in it has an entry that is null.")
                : read;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            // The reader throws NotSupportedException for an abstract record without a kind.
            throw new SpecException($"{source} is not a valid {typeof(T).Name}: {FirstLine(e.Message)}", e);
        }
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0].TrimEnd('\r');

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { LetNullableBeAbsent } },
        };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        options.Converters.Add(new FiniteDoubleConverter());
        options.MakeReadOnly();
        return options;
    }

    /// <summary>A null is written as absent, so a nullable constructor parameter cannot be required when read.</summary>
    internal static void LetNullableBeAbsent(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (property.IsRequired && property.IsGetNullable && property.IsSetNullable
                && (!property.PropertyType.IsValueType || Nullable.GetUnderlyingType(property.PropertyType) is not null))
            {
                property.IsRequired = false;
            }
        }
    }
}
