namespace AdvSeg.Core.Access;

/// <summary>What somebody may do, each including the ones before it.</summary>
public enum Role
{
    /// <summary>Reads everything: sweeps, results, scores of patients.</summary>
    Viewer,

    /// <summary>Submits, uploads cohorts, and steers sweeps of the own name or of a team.</summary>
    Operator,

    /// <summary>Steers every sweep, drains workers, makes and revokes tokens.</summary>
    Admin,
}

/// <summary>What an endpoint asks of whoever calls it.</summary>
public enum Right
{
    /// <summary>Nothing: probes, the pages' style and script, signing in.</summary>
    Open,

    /// <summary><see cref="Role.Viewer"/>.</summary>
    View,

    /// <summary><see cref="Role.Operator"/>.</summary>
    Operate,

    /// <summary><see cref="Role.Operator"/>, of a sweep that is theirs; or <see cref="Role.Admin"/>.</summary>
    Own,

    /// <summary><see cref="Role.Admin"/>.</summary>
    Administer,
}

public static class Rights
{
    /// <summary>The least role that has the right; null where nobody has to say who they are.</summary>
    public static Role? LeastRole(this Right right) => right switch
    {
        Right.Open => null,
        Right.View => Role.Viewer,
        Right.Operate or Right.Own => Role.Operator,
        Right.Administer => Role.Admin,
    };
}
