using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;

namespace AdvSeg.Core.Tests;

public sealed class MessageJsonTests
{
    /// <summary>What a cluster of two builds, and a client of yesterday, meet.</summary>
    [Fact]
    public void Message_OfANewerBuild_IsReadWithoutWhatItAdded()
    {
        var reply = new DrainReply("worker-1", Acknowledged: true);
        JsonNode newer = JsonSerializer.SerializeToNode(reply, MessageJson.Options)!;
        newer["addedLater"] = new JsonObject { ["a"] = 1 };
        Assert.Equal(reply, newer.Deserialize<DrainReply>(MessageJson.Options));
        Assert.Throws<JsonException>(() => newer.Deserialize<DrainReply>(CanonicalJson.Options));
    }

    /// <summary>Every record that a run's identity hashes, found from its properties down.</summary>
    [Fact]
    public void Spec_WithAMemberThatThisBuildDoesNotKnow_IsRefusedInAMessageToo()
    {
        HashSet<Type> seen = [];
        Look(typeof(RunSpec));
        Assert.True(seen.Count > 8, string.Join(", ", seen));

        void Look(Type type)
        {
            JsonTypeInfo info = MessageJson.Options.GetTypeInfo(type);
            if (info.ElementType is { } element)
            {
                Look(element);
            }

            if (info.Kind != JsonTypeInfoKind.Object || !seen.Add(type))
            {
                return;
            }

            Assert.True(
                type.IsAbstract || Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"addedLater": 1}""", info))
                    .Message.Contains("addedLater", StringComparison.Ordinal),
                type.Name);
            foreach (JsonPropertyInfo property in info.Properties)
            {
                Look(property.PropertyType);
            }

            foreach (JsonDerivedType derived in info.PolymorphismOptions?.DerivedTypes ?? [])
            {
                Look(derived.DerivedType);
            }
        }
    }
}
