using System.ComponentModel.DataAnnotations;
using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;

namespace AdvSeg.Dashboard.Access;

/// <summary>
/// The roles of users whom a proxy or provider has recognised. Groups are written as <c>group:NAME</c>, users by their names alone: otherwise
/// somebody who may choose the name of one would have what is granted to the other.
/// </summary>
public sealed record RoleSettings : IValidatableObject
{
    private const string GroupPrefix = "group:";
    private const string Everybody = "*";

    public string Admin { get; init; } = "";

    public string Operator { get; init; } = "";

    public string Viewer { get; init; } = "";

    internal bool IsEmpty => string.IsNullOrWhiteSpace(Admin + Operator + Viewer);

    /// <summary>The highest role of the user or one of the groups; null when none has one.</summary>
    public Role? Of(string user, IReadOnlyCollection<string> groups) =>
        Has(Admin, user, groups) ? Role.Admin : Has(Operator, user, groups) ? Role.Operator : Has(Viewer, user, groups) ? Role.Viewer : null;

    /// <exception cref="SpecException">A word is neither a user, a group nor <c>*</c>.</exception>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (string word in new[] { Admin, Operator, Viewer }.SelectMany(AccessSettings.Words))
        {
            bool isGroup = word.StartsWith(GroupPrefix, StringComparison.Ordinal) && word.Length > GroupPrefix.Length;
            if (!isGroup && word != Everybody && !User.IsFree(word))
            {
                throw new SpecException($"ADVSEG_Roles__... has '{word}', which can be no user's name; write users by their names, groups as "
                    + $"{GroupPrefix}NAME, and everybody who is let in as {Everybody}.");
            }
        }

        return [];
    }

    private static bool Has(string granted, string user, IReadOnlyCollection<string> groups) => AccessSettings.Words(granted).Any(word =>
        word == Everybody
        || (word.StartsWith(GroupPrefix, StringComparison.Ordinal) ? groups.Contains(word[GroupPrefix.Length..]) : word == user));
}
