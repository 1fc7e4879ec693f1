using AdvSeg.Core.Access;
using AdvSeg.Core.Errors;
using AdvSeg.Core.Specs;
using AdvSeg.Core.Yaml;
using AdvSeg.UseCases.Errors;

namespace AdvSeg.Dashboard.Access;

/// <summary>A sweep file under the name of whoever submits it.</summary>
internal static class Submission
{
    /// <summary>
    /// Adds the submitter as owner to a file that names none: the line is written into the file, whose text then still says the whole sweep.
    /// </summary>
    /// <param name="caller">Who submits.</param>
    /// <param name="yaml">The file.</param>
    /// <returns>What the file says, and its text.</returns>
    /// <exception cref="SpecException">The file cannot be used.</exception>
    /// <exception cref="RefusedException">It names an owner who is somebody else.</exception>
    public static (SweepSpec Spec, string Yaml) Of(Caller caller, string yaml)
    {
        SweepSpec spec = SweepYaml.Read(yaml, "request");
        User user = caller.User;
        if (caller.IsLocal || user.IsOf(spec.Owner))
        {
            return (spec, yaml);
        }

        if (spec.Owner == User.NobodysName)
        {
            return Named(user.Name, yaml);
        }

        return user.Role == Role.Admin
            ? (spec, yaml)
            : throw new RefusedException($"The owner '{spec.Owner}' is neither '{user.Name}' nor a team of theirs"
                + $"{(user.Teams.Count > 0 ? $" ({string.Join(", ", user.Teams)})" : "")}; leave the key 'owner' out of the file.");
    }

    private static (SweepSpec Spec, string Yaml) Named(string owner, string yaml)
    {
        string named = $"{yaml.TrimEnd()}\nowner: '{owner}'\n";
        try
        {
            SweepSpec spec = SweepYaml.Read(named, "request");
            return spec.Owner == owner ? (spec, named) : throw new SpecException("the line is not read");
        }
        catch (SpecException e)
        {
            throw new SpecException(
                $"The sweep's owner is whoever submits it; write \"owner: '{owner}'\" into the file, instead of another owner.", e);
        }
    }
}
