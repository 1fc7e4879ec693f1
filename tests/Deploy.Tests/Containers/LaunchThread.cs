using System.Collections.Concurrent;

namespace AdvSeg.Deploy.Tests.Containers;

/// <summary>
/// Starts containers, and lives as long as this process: <c>--die-with-parent</c> ends a container with the thread that started it, and a
/// thread of the pool ends when it has been idle.
/// </summary>
internal static class LaunchThread
{
    private static readonly BlockingCollection<Action> Work = [];

    static LaunchThread() => new Thread(Serve) { IsBackground = true, Name = "containers" }.Start();

    public static T Run<T>(Func<T> start)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                done.SetResult(start());
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        return done.Task.GetAwaiter().GetResult();
    }

    private static void Serve()
    {
        foreach (Action start in Work.GetConsumingEnumerable())
        {
            start();
        }
    }
}
