using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Blob;
using AdvSeg.Storage.Contract;
using Azure.Storage.Blobs;
using Azure.Storage.Sas;

namespace AdvSeg.Storage.Tests;

/// <summary>Access by the signature of one container, which may read and write it and nothing else.</summary>
public sealed class SignedAccessTests(Azurite azurite)
{
    private static int _containers;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Form.ConnectionString)]
    [InlineData(Form.AccountAddress)]
    [InlineData(Form.ContainerAddress)]
    public async Task Container_ThatIsThere_IsOpenedReadAndWrittenWithoutTheRightToCreateIt(Form form)
    {
        BlobContainerClient container = NewContainer();
        await container.CreateAsync(cancellationToken: Cancellation);

        IArtifactStore store = await AzureBlobArtifactStore.OpenAsync(Signed(container, form), cancellationToken: Cancellation);
        await store.PutAsync("a/b", new byte[] { 1, 2, 3 }, Cancellation);

        Assert.Equal([1, 2, 3], (await store.GetAsync("a/b", Cancellation))!.Data);
        Assert.Equal("a/b", Assert.Single(await store.ListAsync("", Cancellation).ToListAsync(Cancellation)).Key);
    }

    [Theory]
    [InlineData(Form.ConnectionString)]
    [InlineData(Form.AccountAddress)]
    [InlineData(Form.ContainerAddress)]
    public async Task Failure_OfASignedAccess_NamesTheContainerAndNotTheSignature(Form form)
    {
        BlobContainerClient container = NewContainer();
        BlobSettings settings = Signed(container, form);
        string signature = settings.Account[(settings.Account.IndexOf("sig=", StringComparison.Ordinal) + 4)..];

        ArtifactStoreException e = await Assert.ThrowsAsync<ArtifactStoreException>(
            () => AzureBlobArtifactStore.OpenAsync(settings, cancellationToken: Cancellation));

        Assert.Contains($"/devstoreaccount1/{container.Name}", e.Message);
        Assert.DoesNotContain("sig=", e.Message);
        Assert.DoesNotContain(signature, e.ToString());
        Assert.DoesNotContain(signature, settings.ToString());
    }

    [Theory]
    [InlineData("https://ann:HIDDEN@lab.blob.core.windows.net")]
    [InlineData("https://lab.blob.core.windows.net?key=HIDDEN")]
    [InlineData("https://lab.blob.core.windows.net#HIDDEN")]
    [InlineData("AccountName=lab;AccountKey=HIDDEN")]
    [InlineData("AccountName=lab;SharedAccessSignatur=HIDDEN")]
    [InlineData("HIDDEN")]
    public async Task Account_ThatCannotBeUsed_IsRefusedWithoutShowingIt(string account)
    {
        SpecException e = await Assert.ThrowsAsync<SpecException>(
            () => AzureBlobArtifactStore.OpenAsync(new BlobSettings(account, "trials"), cancellationToken: Cancellation));

        Assert.Contains("connection string", e.Message);
        Assert.DoesNotContain("HIDDEN", e.ToString());
    }

    private BlobContainerClient NewContainer() => new(azurite.ConnectionString, $"signed-{Interlocked.Increment(ref _containers)}");

    private static BlobSettings Signed(BlobContainerClient container, Form form)
    {
        var until = new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Uri signed = container.GenerateSasUri(
            BlobContainerSasPermissions.Read | BlobContainerSasPermissions.Write | BlobContainerSasPermissions.List
                | BlobContainerSasPermissions.Delete, until);
        string account = signed.GetLeftPart(UriPartial.Path)[..^(container.Name.Length + 1)];
        return new BlobSettings(
            form switch
            {
                Form.ConnectionString => $"BlobEndpoint={account};SharedAccessSignature={signed.Query[1..]}",
                Form.AccountAddress => $"{account}{signed.Query}",
                Form.ContainerAddress => signed.AbsoluteUri,
            },
            container.Name);
    }

    public enum Form
    {
        ConnectionString,
        AccountAddress,
        ContainerAddress,
    }
}
