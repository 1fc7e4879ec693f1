using AdvSeg.Core.Errors;
using AdvSeg.Imaging.Imports;

namespace AdvSeg.Imaging.Tests;

public sealed class SplitFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void NnUnet_CrossValidation_TestsItsValParts()
    {
        SplitFile file = SplitFile.OfNnUnet(Written("splits_final.json", """
            [{"train": ["b", "c"], "val": ["a"]}, {"train": ["a", "c"], "val": ["b"]}, {"val": ["c"], "train": ["b", "a"]}]
            """));
        Assert.Equal([["a"], ["b"], ["c"]], file.Folds);
        Assert.Matches(@"^3 folds of splits_final\.json \(nnU-Net, SHA-256 [0-9a-f]{12}\)$", file.Origin);
    }

    [Theory]
    [InlineData("[{'train': ['b'], 'val': ['a']}, {'train': ['a'], 'val': ['b']}]", "has 2 folds; 3 or more are needed")]
    [InlineData("[{'train': ['b','c'], 'val': ['a']}, {'train': ['b','c'], 'val': ['a']}, {'train': ['a','b'], 'val': ['c']}]",
        "has 'a' in the val parts of folds 0 and 1")]
    [InlineData("[{'train': ['b','c','d'], 'val': ['a']}, {'train': ['a','c','d'], 'val': ['b']}, {'train': ['a','b','d'], 'val': ['c']}]",
        "has 'd' in the val part of no fold")]
    [InlineData("[{'train': ['b','c'], 'val': ['a']}, {'train': ['c'], 'val': ['b']}, {'train': ['a','b'], 'val': ['c']}]",
        "has 'a' in fold 0 and not in fold 1")]
    [InlineData("[{'train': ['a','c'], 'val': ['a']}, {'train': ['a','c'], 'val': ['b']}, {'train': ['a','b'], 'val': ['c']}]",
        "has 'a' twice in fold 0")]
    [InlineData("[{'train': ['b'], 'val': 'a'}, {}, {}]", "has no list of names 'val' in fold 0")]
    [InlineData("[{'train': [], 'val': ['../a']}, {}, {}]", "has the name '../a'")]
    [InlineData("{'train': []}", "is no list of folds")]
    [InlineData("\u0080\u0002", "is no JSON")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "is a git-LFS pointer")]
    public void NnUnet_WhatIsNoCrossValidation_IsRefused(string text, string expected)
    {
        string file = Written("splits_final.json", text.Replace('\'', '"'));
        Assert.Contains(expected, Assert.Throws<SpecException>(() => SplitFile.OfNnUnet(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Csv_NumbersOfFolds_AreOrderedAsNumbers()
    {
        SplitFile file = SplitFile.OfCsv(Written("folds.csv", "fold,patient\r\n10,a\r\n2,b\r\n1,c\r\n,d\r\n2,e\r\n"));
        Assert.Equal([["c"], ["b", "e"], ["a"]], file.Folds);
    }

    [Fact]
    public void Csv_TwoFoldsOrNoColumn_IsRefused()
    {
        string two = Written("two.csv", "patient,fold\na,x\nb,y\n");
        Assert.Contains("names 2 folds (x, y)", Assert.Throws<SpecException>(() => SplitFile.OfCsv(two)).Message, StringComparison.Ordinal);
        string other = Written("other.csv", "patient,part\na,x\n");
        Assert.Contains("has no column fold", Assert.Throws<SpecException>(() => SplitFile.OfCsv(other)).Message, StringComparison.Ordinal);
        string gone = _folder.Under("gone.csv");
        Assert.StartsWith($"There is no file {gone}", Assert.Throws<SpecException>(() => SplitFile.OfCsv(gone)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("patient,fold\na,1\nb,2\nc,3\na,2\n", "has the patient 'a' in 2 rows, of the folds 1, 2; a patient is tested by one fold")]
    [InlineData("patient;fold\na;1\nb;2\nc;3\n", "has ';' between its values, as some languages' spreadsheets write them; commas are expected")]
    [InlineData("patient\tfold\na\t1\nb\t2\n", "has tabs between its values")]
    public void Csv_ThatIsNoTableOfFolds_IsRefusedByItsOwnName(string text, string expected)
    {
        string message = Assert.Throws<SpecException>(() => SplitFile.OfCsv(Written("f.csv", text))).Message;
        Assert.Contains($"f.csv {expected}", message, StringComparison.Ordinal);
    }

    private string Written(string name, string text)
    {
        File.WriteAllText(_folder.Under(name), text);
        return _folder.Under(name);
    }
}
