using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using AdvSeg.Core.Identity;

namespace AdvSeg.Core.Specs;

/// <summary>
/// The JSON options with which messages are read: those of <see cref="CanonicalJson"/>, but members that a newer build added are passed
/// over, so the builds of a rolling upgrade, and a client older than its server, understand each other.
/// </summary>
/// <remarks>What a run is stays exact: a worker that passed over a setting would train another run than it was told.</remarks>
public static class MessageJson
{
    public static readonly JsonSerializerOptions Options = MakeOptions();

    private static JsonSerializerOptions MakeOptions()
    {
        var options = new JsonSerializerOptions(CanonicalJson.Options)
        {
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { CanonicalJson.LetNullableBeAbsent, KeepSpecsExact } },
        };
        options.MakeReadOnly();
        return options;
    }

    private static void KeepSpecsExact(JsonTypeInfo type)
    {
        if (type.Kind == JsonTypeInfoKind.Object && type.Type.Namespace == typeof(RunSpec).Namespace)
        {
            type.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        }
    }
}
