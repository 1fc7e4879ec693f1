using AdvSeg.Client;
using AdvSeg.Client.Cli;
using AdvSeg.Core.Errors;

if (!OpenFiles.Suffice())
{
    return ExitCode.Failure;
}

StandardStreams.Guard();
return await CommandLine.RunAsync(args);
