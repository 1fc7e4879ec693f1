namespace AdvSeg.Grains;

/// <summary>Marks state that a grain can do without: a grain whose state is damaged begins with an empty one instead of failing.</summary>
public interface IExpendableState;

/// <summary>Names under which the host registers what grains ask for by name.</summary>
public static class StorageNames
{
    /// <summary>Grain state in the artifact store.</summary>
    public const string Artifacts = "artifacts";
}
