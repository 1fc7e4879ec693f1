using AdvSeg.Silo;

return await SiloCommand.RunAsync(args);
