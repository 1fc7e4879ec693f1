using System.Net;
using System.Net.Sockets;
using System.Text;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Blob;
using AdvSeg.Storage.Cohorts;
using AdvSeg.Storage.Contract;

namespace AdvSeg.Storage.Tests;

public sealed class AzureBlobArtifactStoreTests(Azurite azurite) : ArtifactStoreContract, IAsyncLifetime
{
    private static int _containers;
    private AzureBlobArtifactStore? _store;

    protected override IArtifactStore Store => _store!;

    public async ValueTask InitializeAsync() =>
        _store = await AzureBlobArtifactStore.OpenAsync(
            new BlobSettings(azurite.ConnectionString, $"contract-{Interlocked.Increment(ref _containers)}"), cancellationToken: Cancellation);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Cohort_GoesUpAndComesBack()
    {
        using var folder = new TempFolder();
        byte[] data = [1, 2, 3];
        var manifest = new CohortManifest
        {
            Description = "one",
            Channels = CohortLayout.Paper.Channels,
            Size = 8,
            PixelMillimetres = 1,
            Patients = [new CohortPatient("p", true, 1, 1, "patients/p.advseg", Digest.Of(data))],
        };
        Directory.CreateDirectory(folder.Under("source", "patients"));
        await File.WriteAllBytesAsync(folder.Under("source", "patients", "p.advseg"), data, Cancellation);
        await File.WriteAllBytesAsync(folder.Under("source", CohortManifest.FileName), CanonicalJson.Write(manifest), Cancellation);

        string digest = await CohortTransfer.UploadAsync(Store, folder.Under("source"), Cancellation);
        string cached = await new CohortCache(Store, folder.Under("cache")).FolderAsync(digest, Cancellation);

        Assert.Equal(folder.Under("cache", digest), cached);
        Assert.Equal(data, await File.ReadAllBytesAsync(Path.Combine(cached, "patients", "p.advseg"), Cancellation));
    }
}

/// <summary>What the service answers when something is wrong, without one.</summary>
public sealed class AzureBlobFailureTests
{
    private const string Account = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:";

    [Fact]
    public async Task UnreachableService_IsATransientFailureNamingIt()
    {
        int port = FreePort.Next();

        ArtifactStoreException e = await Assert.ThrowsAsync<ArtifactStoreException>(() => OpenAsync(port));

        Assert.True(e.IsTransient);
        Assert.Contains($"127.0.0.1:{port}", e.Message, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(503, true, "busy")]
    [InlineData(429, true, "busy")]
    [InlineData(403, false, "account key")]
    public async Task RefusingService_IsAFailureWithItsReason(int status, bool isTransient, string reason)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task answer = AnswerOnceAsync(listener, status);

        ArtifactStoreException e = await Assert.ThrowsAsync<ArtifactStoreException>(() => OpenAsync(((IPEndPoint)listener.LocalEndpoint).Port));

        await answer;
        Assert.Equal(isTransient, e.IsTransient);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SilentService_IsATransientFailureAfterTheTimeout()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        ArtifactStoreException e = await Assert.ThrowsAsync<ArtifactStoreException>(
            () => OpenAsync(((IPEndPoint)listener.LocalEndpoint).Port, TimeSpan.FromMilliseconds(200)));

        Assert.True(e.IsTransient);
    }

    [Fact]
    public async Task WrongConnectionString_IsRefused() =>
        await Assert.ThrowsAsync<SpecException>(
            () => AzureBlobArtifactStore.OpenAsync(
                new BlobSettings("nonsense", "container"), cancellationToken: TestContext.Current.CancellationToken));

    private static Task<AzureBlobArtifactStore> OpenAsync(int port, TimeSpan? timeout = null) =>
        AzureBlobArtifactStore.OpenAsync(
            new BlobSettings($"{Account}{port}/devstoreaccount1;", "container"), timeout, cancellationToken: TestContext.Current.CancellationToken);

    private static async Task AnswerOnceAsync(TcpListener listener, int status)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        NetworkStream stream = client.GetStream();
        await stream.ReadAtLeastAsync(new byte[4096], 1, cancellationToken: TestContext.Current.CancellationToken);
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
            TestContext.Current.CancellationToken);
    }
}
