using System.Net;
using System.Security.Cryptography;
using System.Text;
using AdvSeg.Core.Cohorts;
using AdvSeg.Core.Identity;
using AdvSeg.Core.Specs;
using AdvSeg.Imaging.Phantoms;

namespace AdvSeg.Cluster.Tests.Dashboard;

/// <summary>Uploads by somebody who means no good: nothing but the files of a manifest is ever stored, and nothing large in memory.</summary>
[Collection(FinishedSweep.Collection)]
public sealed class HostileUploadTests(FinishedSweep finished) : IDisposable
{
    private readonly DashboardServer _server = finished.Server;
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("manifest.json/x")]
    [InlineData("patients")]
    [InlineData("patients/extra.advseg")]
    [InlineData("patients/A001.advseg/x")]
    [InlineData("..%2Fx")]
    public async Task File_ThatTheManifestDoesNotName_IsRefusedAndTheCohortStaysCommittable(string name)
    {
        (CohortManifest manifest, string root) = await OpenAsync(11);
        using var body = new ByteArrayContent([1]);
        using HttpResponseMessage response = await _server.Http.PutAsync($"{root}/files/{name}", body, Cancellation);

        Assert.Contains("is not the name of a patient file", await response.DetailAsync(HttpStatusCode.BadRequest));
        await SendAsync(manifest, root);
        Assert.Equal(HttpStatusCode.NoContent, await CommitAsync(manifest, root));
    }

    [Fact]
    public async Task File_OfAnUploadThatNobodyBegan_IsRefused()
    {
        using var body = new ByteArrayContent([1]);
        using HttpResponseMessage response =
            await _server.Http.PutAsync($"/api/v1/cohorts/{new string('c', 64)}/files/patients/A001.advseg", body, Cancellation);

        Assert.Contains("PUT its manifest", await response.DetailAsync(HttpStatusCode.NotFound));
    }

    /// <summary>Other bytes for a file, again and again while the cohort is being committed.</summary>
    [Fact]
    public async Task Commit_WhileOthersSendOtherBytes_StoresOnlyWhatTheManifestSays()
    {
        for (uint round = 0; round < 10; round++)
        {
            (CohortManifest manifest, string root) = await OpenAsync(20 + round);
            await SendAsync(manifest, root);
            using var stop = new CancellationTokenSource();
            Task other = OverwriteAsync(manifest, root, stop.Token);
            Assert.Equal(HttpStatusCode.NoContent, await CommitAsync(manifest, root));
            await stop.CancelAsync();
            await other;

            foreach (CohortPatient patient in manifest.Patients)
            {
                byte[] stored = (await _server.Store.GetAsync($"cohorts/{manifest.ComputeDigest()}/{patient.File}", Cancellation))!.Data;
                Assert.Equal(patient.Sha256, Digest.Of(stored));
            }
        }
    }

    [Theory]
    [InlineData("\"size\":32", "\"size\":-5")]
    [InlineData("\"size\":32", "\"size\":0")]
    [InlineData("\"size\":32", "\"size\":2147483647")]
    [InlineData("\"slices\":", "\"slices\":99999")]
    [InlineData("\"id\":\"A001\"", "\"id\":\"<script>\"")]
    [InlineData("\"pixelMillimetres\":", "\"pixelMillimetres\":1e400,\"x\":")]
    public async Task Manifest_WithAnAbsurdValue_IsRefusedAtTheStartAndAtTheEnd(string text, string absurd)
    {
        CohortManifest manifest = Phantom.RenderTo(_folder.Under("cohort"), new PhantomCohort(1, 1, 32, 12));
        string json = Encoding.UTF8.GetString(CanonicalJson.Write(manifest));
        Assert.Contains(text, json);
        byte[] changed = Encoding.UTF8.GetBytes(json.Replace(text, absurd, StringComparison.Ordinal));
        string root = $"/api/v1/cohorts/{DigestOf(changed)}";

        foreach (HttpMethod method in new[] { HttpMethod.Put, HttpMethod.Post })
        {
            using var request = new HttpRequestMessage(method, root) { Content = new ByteArrayContent(changed) };
            using HttpResponseMessage response = await _server.Http.SendAsync(request, Cancellation);
            Assert.DoesNotContain("Exception", await response.DetailAsync(HttpStatusCode.BadRequest));
        }
    }

    /// <summary>A file of 272 MB goes over the disk.</summary>
    [Fact]
    public async Task File_ThatIsLarge_CostsNoMemory()
    {
        const int Slices = 20, Size = 1024;
        const long Bytes = (Slices * (long)Size * Size * 13) + 8 + 4 + 1 + 1 + 1 + 4 + 4 + 32;
        CohortManifest manifest = Phantom.RenderTo(_folder.Under("cohort"), new PhantomCohort(1, 0, 32, 13)) with { Size = Size };
        manifest = manifest with
        {
            Patients = [manifest.Patients[0] with { Id = "p", File = "patients/p.advseg", Slices = Slices, Sha256 = DigestOfZeros(Bytes) }],
        };
        string root = await BeginAsync(manifest);
        long before = GC.GetTotalMemory(forceFullCollection: true), most = 0;

        using var body = new StreamContent(new Zeros(Bytes), 1 << 16);
        Task<HttpResponseMessage> sending = _server.Http.PutAsync($"{root}/files/patients/p.advseg", body, Cancellation);
        await TestCluster.WaitAsync(() =>
        {
            most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: false) - before);
            return Task.FromResult(sending.IsCompleted ? "sent" : null);
        });

        using HttpResponseMessage response = await sending;
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        Assert.True(most < Bytes, $"{most} bytes of memory for a file of {Bytes}");
        Assert.Equal(HttpStatusCode.NoContent, await CommitAsync(manifest, root));
        await _server.Store.DeleteAsync($"cohorts/{manifest.ComputeDigest()}/patients/p.advseg", Cancellation);
    }

    [Theory]
    [InlineData("/api/v1/sweeps")]
    [InlineData("/api/v1/cohorts/UPLOAD/files/patients/A001.advseg")]
    [InlineData("/api/v1/workers/none/drain")]
    public async Task Body_WithoutAnEnd_IsReadNoFurtherThanItsLimit(string address)
    {
        (_, string root) = await OpenAsync(14);
        var endless = new Zeros(1L << 30);
        using var body = new StreamContent(endless, 1 << 16);
        string path = address.Replace("/api/v1/cohorts/UPLOAD", root, StringComparison.Ordinal);
        using var request = new HttpRequestMessage(path.Contains("files") ? HttpMethod.Put : HttpMethod.Post, path) { Content = body };
        request.Headers.TransferEncodingChunked = true;
        try
        {
            using HttpResponseMessage response = await _server.Http.SendAsync(request, Cancellation);
            Assert.False(response.IsSuccessStatusCode);
        }
        catch (HttpRequestException)
        {
            // The server closed the connection while this was still sending.
        }

        Assert.InRange(endless.Position, 0, 32 << 20);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<(CohortManifest Manifest, string Root)> OpenAsync(ulong seed)
    {
        CohortManifest manifest = Phantom.RenderTo(_folder.Under($"{seed}"), new PhantomCohort(1, 1, 32, seed));
        return (manifest, await BeginAsync(manifest));
    }

    private async Task<string> BeginAsync(CohortManifest manifest)
    {
        string root = $"/api/v1/cohorts/{manifest.ComputeDigest()}";
        using var body = new ByteArrayContent(CanonicalJson.Write(manifest));
        using HttpResponseMessage response = await _server.Http.PutAsync(root, body, Cancellation);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
        return root;
    }

    private async Task SendAsync(CohortManifest manifest, string root)
    {
        string folder = Directory.EnumerateDirectories(_folder.Path).Single(
            f => manifest.ComputeDigest() == ManifestRules.Read(File.ReadAllBytes(Path.Combine(f, CohortManifest.FileName)), f).ComputeDigest());
        foreach (CohortPatient patient in manifest.Patients)
        {
            using var body = new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(folder, patient.File), Cancellation));
            using HttpResponseMessage response = await _server.Http.PutAsync($"{root}/files/{patient.File}", body, Cancellation);
            Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
        }
    }

    private async Task OverwriteAsync(CohortManifest manifest, string root, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var body = new ByteArrayContent(new byte[5000]);
            using HttpResponseMessage response = await _server.Http.PutAsync($"{root}/files/{manifest.Patients[0].File}", body, Cancellation);
        }
    }

    private async Task<HttpStatusCode> CommitAsync(CohortManifest manifest, string root)
    {
        using var body = new ByteArrayContent(CanonicalJson.Write(manifest));
        using HttpResponseMessage response = await _server.Http.PostAsync(root, body, Cancellation);
        return response.StatusCode;
    }

    private static string DigestOf(byte[] json)
    {
        try
        {
            return CanonicalJson.Read<CohortManifest>(json, "the manifest").ComputeDigest();
        }
        catch (Exception)
        {
            // What cannot be read has no digest; any will do.
            return new string('d', 64);
        }
    }

    private static string DigestOfZeros(long bytes)
    {
        using var zeros = new Zeros(bytes);
        return Convert.ToHexStringLower(SHA256.HashData(zeros));
    }

    /// <summary>So many zeros, and how many of them were taken.</summary>
    private sealed class Zeros(long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int count = (int)Math.Min(buffer.Length, length - Position);
            buffer[..count].Clear();
            Position += count;
            return count;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
