using AdvSeg.Dashboard;

return await DashboardProgram.RunAsync(args);
