using AdvSeg.Client.Api;
using AdvSeg.Client.Commands;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;
using AdvSeg.Imaging.Cohorts;
using AdvSeg.Imaging.Phantoms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AdvSeg.Client.Tests;

/// <summary>What is asked and said before a folder goes to a server.</summary>
public sealed class CohortUploadTests : IDisposable
{
    private static readonly Cohort Rendered = Phantom.Render(new PhantomCohort(3, 1, 40, 3));
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>One examination under two names: refused before the server keeps a place for it, let pass where it has the cohort already.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Upload_OfAFolderWithErrors_IsRefusedUnlessTheServerHasIt(bool isStored)
    {
        CohortManifest cohort = Save("cohort", [.. Rendered.Patients, Rendered.Patients[0] with { Patient = "Z001" }]);

        (Exception? refusal, string? digest, int begun) = await UploadAsync(isStored ? [cohort] : []);

        Assert.Equal(0, begun);
        Assert.Equal(isStored ? cohort.ComputeDigest() : null, digest);
        Assert.Equal(isStored ? null : typeof(SpecException), refusal?.GetType());
        Assert.Equal(!isStored, refusal?.Message.Contains("Z001 (duplicate)", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public async Task Upload_OfAPatientInBothCohorts_IsRefusedByName()
    {
        Save("cohort", Rendered.Patients.Take(3));
        Save("evaluation", [Rendered.Patients[1] with { Patient = "Z001" }, Rendered.Patients[3]]);

        (Exception? refusal, _, int begun) = await UploadAsync([], "evaluation");

        Assert.Equal(0, begun);
        Assert.StartsWith(
            $"patient Z001 of the evaluation cohort has a slice of patient {Rendered.Patients[1].Patient} of the cohort",
            Assert.IsType<SpecException>(refusal).Message,
            StringComparison.Ordinal);
    }

    private CohortManifest Save(string name, IEnumerable<CohortVolume> patients)
    {
        Cohort cohort = Cohort.Create(Rendered.Manifest.Description, Rendered.Manifest.PixelMillimetres, patients);
        Cohort.Save(_folder.Under(name), cohort);
        return cohort.Manifest;
    }

    private async Task<(Exception? Refusal, string? Digest, int Begun)> UploadAsync(CohortManifest[] stored, string? evaluation = null)
    {
        int begun = 0;
        await using AnsweringServer server = await AnsweringServer.StartAsync(app =>
        {
            app.MapGet("/api/v1/cohorts/{digest}", (string digest) => stored.FirstOrDefault(c => c.ComputeDigest() == digest) is { } known
                ? AnsweringServer.Json(known)
                : Results.NotFound());
            app.MapPut("/api/v1/cohorts/{digest}", (string digest) =>
            {
                begun++;
                return AnsweringServer.Problem(400, "begun");
            });
        });
        using var api = new ApiClient(ServerAddress.Parse(server.Address));
        SweepSpec spec = Presets.Spec("smoke") with
        {
            Cohort = new FolderCohort(_folder.Under("cohort")),
            EvaluationCohort = evaluation is null ? null : new FolderCohort(_folder.Under(evaluation)),
        };
        string? digest = null;
        Exception? refusal = await Record.ExceptionAsync(
            async () => (digest, _) = await CohortUpload.RunAsync(api, spec, TestContext.Current.CancellationToken));
        return (refusal, digest, begun);
    }
}
