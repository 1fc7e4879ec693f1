using System.ComponentModel.DataAnnotations;
using System.Net;

namespace AdvSeg.Dashboard.Http;

/// <summary>Where a dashboard in a process of its own answers, and whom it asks where no membership is named.</summary>
public sealed record EndpointSettings : IValidatableObject
{
    [Range(0, 65535, ErrorMessage = "use {1} to {2}")]
    public int Port { get; init; } = 5080;

    public string Listen { get; init; } = "127.0.0.1";

    /// <summary>Gateway port of a silo on this machine.</summary>
    [Range(1, 65535, ErrorMessage = "use {1} to {2}")]
    public int Gateway { get; init; } = 30000;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IPAddress.TryParse(Listen, out _))
        {
            yield return new ValidationResult($"ADVSEG_LISTEN is '{Listen}'; use an IP address of this machine, or 0.0.0.0.");
        }
    }
}
