namespace AdvSeg.Core.Runs;

public enum RunState
{
    /// <summary>A run whose candidate or, in the ablation, whose fold has not been chosen.</summary>
    Conditional,

    Queued,
    Running,
    Completed,
    Failed,
    Cancelled,

    /// <summary>
    /// A run whose candidate or fold was not chosen. A candidate's tuning run that did not complete ends here too: it is counted in no
    /// figure, so it is not a failure of the sweep.
    /// </summary>
    NotChosen,
}
