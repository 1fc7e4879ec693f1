using AdvSeg.Client;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;

if (!OpenFiles.Suffice())
{
    return ExitCode.Failure;
}

DroppingWriter.GuardError();
return await CommandLine.RunAsync(args);
