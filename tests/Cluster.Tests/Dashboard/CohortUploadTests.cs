using System.Net;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Phantoms;
using AdvSeg.UseCases.Cohorts;

namespace AdvSeg.Cluster.Tests.Dashboard;

[Collection(FinishedSweep.Collection)]
public sealed class CohortUploadTests(FinishedSweep finished) : IDisposable
{
    private readonly DashboardServer _server = finished.Server;
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task Upload_FileByFile_IsACohortOnlyWithEveryFileAndTheManifest()
    {
        CohortManifest manifest = Phantom.RenderTo(_folder.Under("cohort"), new PhantomCohort(2, 1, 32, 7));
        string root = $"/api/v1/cohorts/{manifest.ComputeDigest()}";
        byte[] json = CanonicalJson.Write(manifest);

        Assert.Equal(manifest.Patients.Select(p => p.File), (await OpenAsync(root, json)).Missing);
        foreach (CohortPatient patient in manifest.Patients.Skip(1))
        {
            Assert.Null(await PutAsync($"{root}/files/{patient.File}", File.ReadAllBytes(_folder.Under("cohort", patient.File))));
        }

        string first = manifest.Patients[0].File;
        Assert.Equal([first], (await OpenAsync(root, json)).Missing);
        Assert.Contains($"{first} is missing", await CommitAsync(root, json));
        Assert.Contains($"{first} is not the file of that digest", await PutAsync($"{root}/files/{first}", [1, 2, 3]));
        Assert.Contains($"{first} is missing", await CommitAsync(root, json));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Http.GetAsync(root)).StatusCode);

        await PutAsync($"{root}/files/{first}", File.ReadAllBytes(_folder.Under("cohort", first)));
        Assert.Null(await CommitAsync(root, json));
        await PutAsync($"{root}/files/{first}", [1, 2, 3]);

        Assert.Equal(json, CanonicalJson.Write(await _server.GetAsync<CohortManifest>(root)));
        Assert.Equal(
            File.ReadAllBytes(_folder.Under("cohort", first)), (await _server.Store.GetAsync($"cohorts/{manifest.ComputeDigest()}/{first}"))!.Data);
        Assert.True((await OpenAsync(root, json)).Complete);
        Assert.Empty(await _server.Store.ListAsync($"uploads/{manifest.ComputeDigest()}").ToListAsync());
    }

    [Fact]
    public async Task Upload_UnderAnotherDigest_IsRefused()
    {
        CohortManifest manifest = Phantom.RenderTo(_folder.Under("cohort"), new PhantomCohort(1, 0, 32, 8));

        string? detail = await CommitAsync($"/api/v1/cohorts/{new string('b', 64)}", CanonicalJson.Write(manifest));

        Assert.Contains(manifest.ComputeDigest(), detail);
    }

    /// <summary>What the trainer would refuse is refused before it is a cohort.</summary>
    [Fact]
    public async Task Upload_OfAManifestThatNoFolderMayHave_IsRefused()
    {
        CohortManifest manifest = Phantom.RenderTo(_folder.Path, new PhantomCohort(1, 1, 32, 9));
        CohortManifest lying = manifest with { Patients = [.. manifest.Patients.Select(p => p with { Positive = true })] };

        string? detail = await CommitAsync($"/api/v1/cohorts/{lying.ComputeDigest()}", CanonicalJson.Write(lying));

        Assert.Contains("that cannot be", detail);
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData(".hidden")]
    [InlineData("patients/a%20b")]
    public async Task Upload_OfANameThatIsNoPatientFile_IsRefused(string name)
    {
        using var body = new ByteArrayContent([1]);
        using HttpResponseMessage response = await _server.Http.PutAsync($"/api/v1/cohorts/{new string('b', 64)}/files/{name}", body);

        Assert.Contains("is not the name of a patient file", await response.DetailAsync(HttpStatusCode.BadRequest));
    }

    public void Dispose() => _folder.Dispose();

    private async Task<UploadState> OpenAsync(string root, byte[] manifest)
    {
        using var body = new ByteArrayContent(manifest);
        using HttpResponseMessage response = await _server.Http.PutAsync(root, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.ReadAsync<UploadState>();
    }

    /// <summary>The problem's detail, or null when the file was accepted.</summary>
    private async Task<string?> PutAsync(string path, byte[] data)
    {
        using var body = new ByteArrayContent(data);
        using HttpResponseMessage response = await _server.Http.PutAsync(path, body);
        return response.StatusCode == HttpStatusCode.NoContent ? null : await response.DetailAsync(HttpStatusCode.BadRequest);
    }

    /// <summary>The problem's detail, or null when the cohort was accepted.</summary>
    private async Task<string?> CommitAsync(string root, byte[] manifest)
    {
        using var body = new ByteArrayContent(manifest);
        using HttpResponseMessage response = await _server.Http.PostAsync(root, body);
        return response.StatusCode == HttpStatusCode.NoContent ? null : await response.DetailAsync(HttpStatusCode.BadRequest);
    }
}
