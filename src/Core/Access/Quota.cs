namespace AdvSeg.Core.Access;

/// <summary>
/// What counts against quotas and cannot be seen otherwise: submissions at the moment of their acceptance, and who sent which cohort. One record
/// for all servers, so that two of them cannot both give the same room away.
/// </summary>
public sealed record QuotaLedger
{
    public IReadOnlyList<AdmittedSweep> Sweeps { get; init; } = [];

    public IReadOnlyList<SentCohort> Cohorts { get; init; } = [];
}

/// <summary>A sweep that has not ended.</summary>
/// <param name="Sweep">Its id.</param>
/// <param name="Spec">Digest of its whole specification: an id shows only 32 bits of it, so a user can make two sweeps with one id.</param>
/// <param name="Owner">A user or a team.</param>
/// <param name="Runs">All that it can come to, the ablation and every candidate included.</param>
/// <param name="Steps">S steps of all of them.</param>
/// <param name="At">When it was accepted.</param>
public sealed record AdmittedSweep(string Sweep, string Spec, string Owner, int Runs, long Steps, DateTimeOffset At);

/// <summary>A cohort that was uploaded, is being uploaded, or was asked for as a phantom.</summary>
/// <param name="Digest">Digest of its manifest; for a phantom, of what it is rendered from, because that is known before its manifest is.</param>
/// <param name="User">Who began to send it, or asked for it first.</param>
/// <param name="Bytes">Of all of its files.</param>
/// <param name="At">When that was.</param>
public sealed record SentCohort(string Digest, string User, long Bytes, DateTimeOffset At)
{
    public bool IsPhantom { get; init; }

    /// <summary>The sweep that waits for the phantom; null where nothing is started, and for uploads.</summary>
    public string? Sweep { get; init; }
}

/// <summary>What is used of one quota.</summary>
/// <param name="What">With its unit: <c>unfinished runs</c>, <c>hours</c>, <c>GiB of cohorts</c>.</param>
/// <param name="Whose">A user, a team, or <see cref="InAll"/>.</param>
/// <param name="Used">At this moment.</param>
/// <param name="Limit">How much may be used.</param>
public sealed record QuotaUse(string What, string Whose, double Used, double Limit)
{
    public const string InAll = "in all";
}
