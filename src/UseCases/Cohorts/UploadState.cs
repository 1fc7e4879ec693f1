namespace AdvSeg.UseCases.Cohorts;

/// <summary>How far an upload is.</summary>
/// <param name="Complete">The cohort is stored; nothing is to be sent.</param>
/// <param name="Missing">The files that are still to be sent, in the manifest's order.</param>
public sealed record UploadState(bool Complete, IReadOnlyList<string> Missing);
