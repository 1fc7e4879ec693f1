using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Explaining;
using AdvSeg.Core.Runs;
using AdvSeg.Core.Scheduling;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Sweeps;
using AdvSeg.Grains.Interfaces;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Serialization;
using Orleans.Serialization.TypeSystem;

namespace AdvSeg.Cluster.Tests.OnTheWire;

/// <summary>
/// What crosses between processes. Names are those of the release of commit 296804e, in which every type lay in its project's first
/// folder; a process of that release and one of today must understand each other whatever has moved since.
/// </summary>
public sealed class WireTests : IDisposable
{
    private readonly IHost _host = Host.CreateDefaultBuilder()
        .UseOrleansClient(client => client.UseLocalhostClustering().Services.AddCoreRecords())
        .Build();

    private IServiceProvider Services => _host.Services;

    /// <summary>Types whose names that release writes: what its grain calls take, give and throw.</summary>
    public static TheoryData<string, Type> Names => new()
    {
        { "AdvSeg.Core.AttemptEnd,AdvSeg.Core", typeof(AttemptEnd) },
        { "AdvSeg.Core.AttemptRecord,AdvSeg.Core", typeof(AttemptRecord) },
        { "AdvSeg.Core.AttemptRecord[],AdvSeg.Core", typeof(AttemptRecord[]) },
        { "AdvSeg.Core.CellView,AdvSeg.Core", typeof(CellView) },
        { "AdvSeg.Core.DrainReply,AdvSeg.Core", typeof(DrainReply) },
        { "AdvSeg.Core.IndexRange[],AdvSeg.Core", typeof(IndexRange[]) },
        { "AdvSeg.Core.OpenRuns,AdvSeg.Core", typeof(OpenRuns) },
        { "AdvSeg.Core.ProgressBatch,AdvSeg.Core", typeof(ProgressBatch) },
        { "AdvSeg.Core.RunOutcome+Completed,AdvSeg.Core", typeof(RunOutcome.Completed) },
        { "AdvSeg.Core.RunPage,AdvSeg.Core", typeof(RunPage) },
        { "AdvSeg.Core.RunProgress,AdvSeg.Core", typeof(RunProgress) },
        { "System.Collections.Generic.List`1[[AdvSeg.Core.RunProgress,AdvSeg.Core]]", typeof(List<RunProgress>) },
        { "System.Collections.Generic.Dictionary`2[[string],[AdvSeg.Core.RunRow[],AdvSeg.Core]]", typeof(Dictionary<string, RunRow[]>) },
        { "System.Nullable`1[[AdvSeg.Core.RunState,AdvSeg.Core]]", typeof(RunState?) },
        { "AdvSeg.Core.RunStanding,AdvSeg.Core", typeof(RunStanding) },
        { "AdvSeg.Core.Settlement,AdvSeg.Core", typeof(Settlement) },
        { "AdvSeg.Core.SpecException,AdvSeg.Core", typeof(SpecException) },
        { "AdvSeg.Core.StopRequest,AdvSeg.Core", typeof(StopRequest) },
        { "AdvSeg.Core.SweepStatus,AdvSeg.Core", typeof(SweepStatus) },
        { "AdvSeg.Core.TrainingProgress,AdvSeg.Core", typeof(TrainingProgress) },
        { "AdvSeg.Core.Why,AdvSeg.Core", typeof(Why) },
        { "AdvSeg.Core.WorkerView,AdvSeg.Core", typeof(WorkerView) },
        { "AdvSeg.Grains.Interfaces.FailedAttempt,AdvSeg.Grains.Interfaces", typeof(FailedAttempt) },
        { "AdvSeg.Grains.Interfaces.LeaseReply,AdvSeg.Grains.Interfaces", typeof(LeaseReply) },
        { "AdvSeg.Grains.Interfaces.LeaseRequest,AdvSeg.Grains.Interfaces", typeof(LeaseRequest) },
        { "AdvSeg.Grains.Interfaces.RetryRequest,AdvSeg.Grains.Interfaces", typeof(RetryRequest) },
        { "AdvSeg.Grains.Interfaces.SettledRun,AdvSeg.Grains.Interfaces", typeof(SettledRun) },
        { "AdvSeg.Grains.Interfaces.SweepSubmission,AdvSeg.Grains.Interfaces", typeof(SweepSubmission) },
        { "advseg.renew-request", typeof(RenewRequest) },
        { "advseg.renew-reply", typeof(RenewReply) },
        { "advseg.scheduler", typeof(ISchedulerGrain) },
        { "advseg.sweep", typeof(ISweepGrain) },
        { "advseg.run", typeof(ITrainingRunGrain) },
        { "advseg.progress-hub", typeof(IProgressHubGrain) },
        { "advseg.executor", typeof(IRunExecutorGrain) },
        { "advseg.fold", typeof(IFoldGrain) },
        { "advseg.point", typeof(IAblationPointGrain) },
    };

    public static IEnumerable<TheoryDataRow<string, string>> OldBytes =>
        from line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "OnTheWire", "bytes.txt"))
        let parts = line.Split(": ")
        select new TheoryDataRow<string, string>(parts[0], parts[1]);

    [Theory]
    [MemberData(nameof(Names))]
    public void TypeName_OfWhatCrosses_IsTheOneOfTheFirstFolder(string name, Type type)
    {
        TypeConverter converter = Services.GetRequiredService<TypeConverter>();

        Assert.Equal(name, converter.Format(type));
        Assert.Equal(type, converter.Parse(name));
    }

    [Fact]
    public void TypeName_OfEveryPublicType_HasNoFolder()
    {
        TypeConverter converter = Services.GetRequiredService<TypeConverter>();
        Type[] types =
        [
            .. typeof(RunSpec).Assembly.GetExportedTypes().Concat(typeof(Wire).Assembly.GetExportedTypes())
                .Where(type => !type.IsInterface && !type.IsGenericType && type.Namespace!.StartsWith("AdvSeg.", StringComparison.Ordinal)),
        ];

        Assert.True(types.Length > 100, $"{types.Length} types are too few to be all");
        foreach (Type type in types.Where(type => !type.IsDefined(typeof(AliasAttribute), inherit: false)))
        {
            string assembly = type.Assembly.GetName().Name!;
            string nested = type.FullName![(type.Namespace!.Length + 1)..];
            Assert.Equal($"{assembly}.{nested},{assembly}", converter.Format(type));
            Assert.Equal(type, converter.Parse($"{assembly}.{nested},{assembly}"));
        }
    }

    [Fact]
    public void Record_ThatCrosses_ComesBackFromItsOldName()
    {
        IReadOnlyList<RunProgress> batch = new List<RunProgress> { new("aa", 3, "w", 0, new TrainingProgress { Step = 4, Steps = 20 }) };

        byte[] bytes = Serialize(batch);

        Assert.Contains("List`1[[AdvSeg.Core.RunProgress,AdvSeg.Core]]", Encoding.Latin1.GetString(bytes));
        Assert.Equal(batch, Deserialize<IReadOnlyList<RunProgress>>(bytes));
    }

    /// <summary>Copies of the rest are equal but not the same: whoever gets one may not reach into the grain that gave it.</summary>
    [Fact]
    public void Copy_OfARecordThatNobodyCanAlter_IsTheRecordItself()
    {
        DeepCopier copier = Services.GetRequiredService<DeepCopier>();
        var progress = new RunProgress("aa", 3, "w", 0, new TrainingProgress { Step = 4, Steps = 20 });
        var batch = new ProgressBatch(7, [progress]);
        var runs = new CellRuns([1, 2], [2]);
        var retry = new RetryRequest(["aa"], Failed: true, Cancelled: false);

        Assert.Same(progress, copier.Copy(progress));
        Assert.Same(batch, copier.Copy(batch));
        Assert.Same(runs, copier.Copy(runs));
        Assert.NotSame(retry, copier.Copy(retry));
        foreach (Type type in new[] { progress.GetType(), batch.GetType(), runs.GetType(), typeof(RunPage), typeof(SweepStatus), typeof(CellView) })
        {
            Assert.All(
                type.GetProperties().Where(p => p.SetMethod is not null),
                p => Assert.Contains(
                    typeof(System.Runtime.CompilerServices.IsExternalInit), p.SetMethod!.ReturnParameter.GetRequiredCustomModifiers()));
        }
    }

    [Theory]
    [MemberData(nameof(OldBytes))]
    public void Bytes_OfTheOldRelease_AreReadAndWrittenAgain(string name, string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);

        Assert.Equal(hex, Convert.ToHexStringLower(Serialize(WireSamples.Values[name])));
        object read = Deserialize<object>(bytes);
        Assert.IsType(WireSamples.Values[name].GetType(), read);
        Assert.Equal(hex, Convert.ToHexStringLower(Serialize(read)));
    }

    /// <summary>
    /// The calls behind an <see cref="IAsyncEnumerable{T}"/>: generic types of Orleans' own over a record, allowed by name or not at all.
    /// </summary>
    [Fact]
    public void Stream_OfARecord_IsAllowedUnderItsOldName()
    {
        TypeConverter converter = Services.GetRequiredService<TypeConverter>();
        Type[] calls =
        [
            .. typeof(IGrainFactory).Assembly.GetTypes().Concat(typeof(IClusterClient).Assembly.GetTypes())
                .Where(type => type.IsGenericTypeDefinition
                    && type.Name.StartsWith("Invokable_IAsyncEnumerableGrainExtension_", StringComparison.Ordinal))
                .Select(type => type.MakeGenericType(typeof(ProgressBatch))),
        ];

        Assert.NotEmpty(calls);
        Assert.All(calls, call => Assert.Contains("[AdvSeg.Core.ProgressBatch,AdvSeg.Core]", converter.Format(call)));
        Assert.All(calls, call => Assert.Equal(call, converter.Parse(converter.Format(call))));
    }

    [Fact]
    public void Exception_ThatCrosses_IsStillASpecException()
    {
        byte[] bytes = Serialize<Exception>(new SpecException("folds is 2"));

        Assert.Contains("AdvSeg.Core.SpecException,AdvSeg.Core", Encoding.Latin1.GetString(bytes));
        Assert.Equal("folds is 2", Assert.IsType<SpecException>(Deserialize<Exception>(bytes)).Message);
    }

    [Fact]
    public void TypeName_OfATypeThatIsNotAllowed_IsRefused()
    {
        TypeConverter converter = Services.GetRequiredService<TypeConverter>();

        Assert.ThrowsAny<InvalidOperationException>(() => converter.Parse("System.Diagnostics.Process,System.Diagnostics.Process"));
        Assert.ThrowsAny<InvalidOperationException>(
            () => converter.Parse("System.Tuple`2[[AdvSeg.Core.RunRow,AdvSeg.Core],[System.Diagnostics.Process,System.Diagnostics.Process]]"));
    }

    public void Dispose() => _host.Dispose();

    private byte[] Serialize<T>(T value) => Services.GetRequiredService<Serializer>().SerializeToArray(value);

    private T Deserialize<T>(byte[] bytes) => Services.GetRequiredService<Serializer>().Deserialize<T>(bytes)!;
}
