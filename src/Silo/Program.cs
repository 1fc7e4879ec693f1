Console.WriteLine("advseg-silo");
