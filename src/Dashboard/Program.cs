using System.Net;
using AdvSeg.Core;
using AdvSeg.Dashboard;
using AdvSeg.Grains.Interfaces;
using AdvSeg.Storage;

// The dashboard in a process of its own: an Orleans client of a cluster on this machine, reading the cluster's artifact store.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Configuration.AddEnvironmentVariables("ADVSEG_");
IConfiguration configuration = builder.Configuration;

IArtifactStore store = await OpenStoreAsync(configuration);
builder.Services.AddSingleton(store);
builder.UseOrleansClient(client =>
{
    client.UseLocalhostClustering(configuration.GetValue("Gateway", 30000));
    client.Services.AddCoreRecords();
});
builder.AddAdvSegDashboard();
builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, configuration.GetValue("Port", 5080)));

WebApplication app = builder.Build();
app.MapAdvSegDashboard();
await app.RunAsync();

static async Task<IArtifactStore> OpenStoreAsync(IConfiguration configuration)
{
    if (configuration["Blob"] is { Length: > 0 } connection)
    {
        return new RetryingArtifactStore(
            await AzureBlobArtifactStore.OpenAsync(connection, configuration["Container"] ?? "advseg"), RetryPolicy.Brief, TimeProvider.System);
    }

    return configuration["Data"] is { Length: > 0 } folder
        ? new FolderArtifactStore(folder, TimeProvider.System)
        : throw new SpecException("The dashboard has no artifact store; set ADVSEG_DATA to the silo's data folder or ADVSEG_BLOB to a connection string.");
}
