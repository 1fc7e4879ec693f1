using AdvSeg.Core.Errors;
using AdvSeg.Core.Store;
using AdvSeg.Storage.Addresses;
using AdvSeg.Storage.Blob;
using AdvSeg.Storage.Folder;

namespace AdvSeg.Storage.Tests;

public sealed class StoreAddressTests
{
    private const string Secret = "DefaultEndpointsProtocol=https;AccountName=lab;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net";

    [Theory]
    [InlineData("https://lab.blob.core.windows.net", null, BlobSettings.DefaultContainer)]
    [InlineData("http://127.0.0.1:10000/devstoreaccount1", "", BlobSettings.DefaultContainer)]
    [InlineData(Secret, "trials", "trials")]
    [InlineData("UseDevelopmentStorage=true", "trials", "trials")]
    public void Address_OfAnAccount_IsItsContainer(string blob, string? container, string expected) =>
        Assert.Equal(new StoreAddress.Container(new BlobSettings(blob, expected)), StoreAddress.Of(null, blob, container));

    [Theory]
    [InlineData("advseg-data")]
    [InlineData("/srv/advseg data")]
    [InlineData("a=b")]
    public void Address_OfAFolder_IsItsFullPath(string data) =>
        Assert.Equal(new StoreAddress.Folder(Path.GetFullPath(data)), StoreAddress.Of(data, "", null));

    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("data", "https://lab.blob.core.windows.net")]
    public void Address_OfNoneOrBoth_AsksForOne(string? data, string? blob) =>
        Assert.Contains("give one of --data and --blob", Assert.Throws<SpecException>(() => StoreAddress.Of(data, blob, null)).Message);

    /// <summary>A folder named "https:" would be made without a word, and a key would be shown.</summary>
    [Fact]
    public void Address_OfTheOtherKind_IsRefusedWithoutShowingAKey()
    {
        string url = Assert.Throws<SpecException>(() => StoreAddress.OfFolder("https://lab.blob.core.windows.net")).Message;
        string secret = Assert.Throws<SpecException>(() => StoreAddress.Of(Secret, null, null)).Message;
        string folder = Assert.Throws<SpecException>(() => StoreAddress.Of(null, "data/store", null)).Message;

        Assert.Contains("(https://lab.blob.core.windows.net); give a folder, or the account as --blob", url);
        Assert.DoesNotContain("c2VjcmV0", secret);
        Assert.Contains("'data/store'; give its address", folder);
    }

    [Fact]
    public async Task Folder_Opened_IsAFolderStore()
    {
        using var folder = new TempFolder();
        IArtifactStore store = await StoreAddress.OfFolder(folder.Path).OpenAsync(TimeProvider.System);
        Assert.Equal(folder.Path, Assert.IsType<FolderArtifactStore>(store).Root);
    }
}
