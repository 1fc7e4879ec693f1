namespace AdvSeg.Grains;

/// <summary>State that only remembers: where it is damaged, its grain begins anew rather than never.</summary>
public interface IExpendableState;

/// <summary>Names under which the host registers what grains ask for by name.</summary>
public static class StorageNames
{
    /// <summary>Grain state in the artifact store.</summary>
    public const string Artifacts = "artifacts";
}
