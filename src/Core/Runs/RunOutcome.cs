using System.Text.Json.Serialization;

namespace AdvSeg.Core.Runs;

/// <summary>How a run ended. Completed belongs to the run; Failed and Cancelled belong to (sweep, run).</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Completed), "completed")]
[JsonDerivedType(typeof(Failed), "failed")]
[JsonDerivedType(typeof(Cancelled), "cancelled")]
public abstract record RunOutcome
{
    private RunOutcome()
    {
    }

    public sealed record Completed : RunOutcome;

    /// <summary>Given up after its last attempt, with the end of that attempt's log.</summary>
    public sealed record Failed(FailureClass Failure, string Message, IReadOnlyList<string> LogTail, long Attempt) : RunOutcome;

    public sealed record Cancelled(string Reason) : RunOutcome;
}
