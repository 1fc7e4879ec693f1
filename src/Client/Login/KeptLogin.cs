namespace AdvSeg.Client.Login;

/// <summary>A sign-in at one server.</summary>
/// <param name="Session">Shows the server who asks.</param>
/// <param name="Expires">When that ends.</param>
/// <param name="ClientId">This program's at the provider.</param>
/// <param name="TokenAddress">Where the provider gives tokens.</param>
/// <param name="RevocationAddress">Where it takes them back; null where it has none.</param>
/// <param name="RefreshToken">Begins another session without a person; null where the provider gave none.</param>
internal sealed record KeptLogin(
    string Session, DateTimeOffset Expires, string ClientId, Uri TokenAddress, Uri? RevocationAddress, string? RefreshToken)
{
    /// <summary>What the server gave to renew the sign-in with; null in files of before.</summary>
    public string? Binding { get; init; }
}
