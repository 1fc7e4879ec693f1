using System.Text.RegularExpressions;
using AdvSeg.Core.Errors;

namespace AdvSeg.Core.Access;

/// <summary>Who asks.</summary>
/// <param name="Name">The owner of what they submit.</param>
/// <param name="Role">What they may do.</param>
/// <param name="Teams">Owners whose sweeps are theirs as well.</param>
public sealed partial record User(string Name, Role Role, IReadOnlyList<string> Teams)
{
    /// <summary>Regular expression of a whole name of a user or a team; every one may be the owner of a sweep.</summary>
    public const string NamePattern = "[A-Za-z0-9._@-]{1,64}";

    /// <summary>The owner of a sweep whose file names none.</summary>
    public const string NobodysName = "local";

    /// <summary>The name of whoever has the token of the settings. Nobody else may have it, or that user's sweeps would be theirs.</summary>
    public const string AdminsName = "admin";

    /// <summary>The one user of a server without a login.</summary>
    public static User Local { get; } = new(NobodysName, Role.Admin, []);

    /// <summary>Whether a sweep of this owner is theirs to steer.</summary>
    public bool MaySteer(string owner) => Role == Role.Admin || (Role == Role.Operator && IsOf(owner));

    /// <summary>Whether they may submit under this owner's name.</summary>
    public bool IsOf(string owner) => owner == Name || Teams.Contains(owner);

    /// <param name="text">The name of a user or a team.</param>
    /// <param name="what">What it is, for the message: "user".</param>
    /// <exception cref="SpecException">It cannot be an owner.</exception>
    public static string CheckName(string text, string what) =>
        !IsName(text) ? throw new SpecException($"{what} '{text}' cannot be used; use 1 to 64 of A-Z, a-z, 0-9, '.', '_', '-' and '@'.")
        : text == NobodysName ? throw new SpecException($"{what} '{NobodysName}' is the owner of sweeps that name none; use another name.")
        : text == AdminsName ? throw new SpecException($"{what} '{AdminsName}' is whoever has the server's own token; use another name.")
        : text;

    /// <summary>Whether a user or a team that a proxy or a provider has recognised may have this name.</summary>
    public static bool IsFree(string text) => IsName(text) && text is not (NobodysName or AdminsName);

    public static bool IsName(string text) => Pattern().IsMatch(text);

    [GeneratedRegex($"^{NamePattern}\\z")]
    private static partial Regex Pattern();
}
