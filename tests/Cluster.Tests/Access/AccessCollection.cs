namespace AdvSeg.Cluster.Tests.Access;

[CollectionDefinition(Name)]
public sealed class AccessCollection : ICollectionFixture<AccessServer>
{
    public const string Name = "a server with a login";
}
