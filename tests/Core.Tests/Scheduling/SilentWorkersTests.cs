using AdvSeg.Core.Scheduling;

namespace AdvSeg.Core.Tests.Scheduling;

public sealed class SilentWorkersTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly SilentWorkers _silent = new(TimeSpan.FromSeconds(10));

    [Fact]
    public void Overdue_BeforeAWholeTermOfSilence_IsNobody()
    {
        _silent.Add("w", Now);

        Assert.Empty(_silent.Overdue(Now + TimeSpan.FromSeconds(9.9)));
    }

    [Fact]
    public void Overdue_SecondLeaseLostMeanwhile_CountsFromTheFirst()
    {
        _silent.Add("w", Now);
        _silent.Add("w", Now + TimeSpan.FromSeconds(8));

        Assert.Equal(["w"], _silent.Overdue(Now + TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void Overdue_WorkerThatCalledMeanwhile_IsLeftInPeace()
    {
        _silent.Add("w", Now);
        _silent.Remove("w");

        Assert.Empty(_silent.Overdue(Now + TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void Overdue_UntilItIsRemoved_StaysSo()
    {
        _silent.Add("w", Now);

        Assert.Equal(["w"], _silent.Overdue(Now + TimeSpan.FromSeconds(10)));
        Assert.Equal(["w"], _silent.Overdue(Now + TimeSpan.FromSeconds(11)));
    }
}
