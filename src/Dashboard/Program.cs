Console.WriteLine("advseg-dashboard");
