using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Folder;

// The other process of the storage tests. It says "ready", waits for a line on its input where it races, and prints what it did.
string mode = args[0];
string root = args[1];
switch (mode)
{
    case "hold":
        using (DataFolder folder = DataFolder.Open(root, TimeProvider.System))
        {
            Console.WriteLine("ready");
            Console.ReadLine();
        }

        break;
    case "create":
        await CreateAsync(new FolderArtifactStore(root, TimeProvider.System), name: args[2], count: int.Parse(args[3], CultureInfo.InvariantCulture));
        break;
    case "increment":
        await IncrementAsync(new FolderArtifactStore(root, TimeProvider.System), count: int.Parse(args[2], CultureInfo.InvariantCulture));
        break;
    case "write":
        await WriteForeverAsync(new FolderArtifactStore(root, TimeProvider.System), name: args[2]);
        break;
    default:
        throw new SpecException($"'{mode}' is not a mode; use hold, create, increment or write.");
}

// A hundred keys each time it is told to go, eight at a time and in order: prints the number of every key it created.
static async Task CreateAsync(FolderArtifactStore store, string name, int count)
{
    Console.WriteLine("ready");
    for (int first = 0; first < count; first += 100)
    {
        Console.ReadLine();
        var won = new bool[100];
        await Parallel.ForAsync(0, won.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, cancellation) =>
        {
            byte[] content = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"{name} {first + i};", 500)));
            won[i] = await store.TryCreateAsync($"race/{first + i:D4}", content, cancellation) is not null;
        });
        Console.WriteLine(string.Join(',', Enumerable.Range(0, won.Length).Where(i => won[i]).Select(i => first + i)));
    }
}

// Adds one to the number under "counter", count times.
static async Task IncrementAsync(FolderArtifactStore store, int count)
{
    Console.WriteLine("ready");
    Console.ReadLine();
    for (int done = 0; done < count;)
    {
        Artifact now = (await store.GetAsync("counter"))!;
        int next = int.Parse(Encoding.ASCII.GetString(now.Data), CultureInfo.InvariantCulture) + 1;
        done += await store.TryReplaceAsync("counter", Encoding.ASCII.GetBytes(next.ToString(CultureInfo.InvariantCulture)), now.ETag) is null
            ? 0
            : 1;
    }

    Console.WriteLine("done");
}

// Creates and replaces artifacts that carry their own digest, until it is killed.
static async Task WriteForeverAsync(FolderArtifactStore store, string name)
{
    Console.WriteLine("ready");
    for (uint round = 0; ; round++)
    {
        byte[] content = new byte[32 + 400_000 + (1000 * (round % 100))];
        Array.Fill(content, (byte)round, 32, content.Length - 32);
        SHA256.HashData(content.AsSpan(32), content);
        await store.PutAsync($"kill/replaced-{round % 3}", content);
        await store.TryCreateAsync($"kill/{name}-{round % 50}", content);
    }
}
