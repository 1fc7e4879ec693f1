using AdvSeg.Core.Draws;
using AdvSeg.Training.Data;

namespace AdvSeg.Training.Tests;

public sealed class RoomTests
{
    private const long Limit = 100;
    private const int MostIdle = 2;

    private readonly Room<RoomPlace> _room = new(Limit, MostIdle);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Room_OverRandomHistories_IsNeverExceededAndComesBackWhole(ulong seed)
    {
        PhiloxSequence draws = Philox.At(seed, DrawPurpose.Phantom);
        RoomPlace[] places = [.. Enumerable.Range(0, 6).Select(_ => new RoomPlace())];
        var users = new int[places.Length];
        for (int act = 0; act < 20_000; act++)
        {
            int i = draws.NextInt32(places.Length);
            RoomPlace place = places[i];
            (long Bytes, int Users)[] before = [.. places.Select(p => (p.Bytes, p.Users))];
            IReadOnlyList<RoomPlace> left = Act(draws.NextInt32(5), place, ref users[i], ref draws);

            Assert.InRange(_room.Taken, 0, Limit);
            Assert.Equal(_room.Taken, places.Sum(p => p.Bytes));
            Assert.All(left, gone => Assert.Equal((0, 0), (gone.Users, gone.Bytes)));
            Assert.DoesNotContain(left, _room.Places.Contains);
            Assert.All(_room.Places, p => Assert.True(p.Users > 0 || !p.IsCramped));

            // Nobody who uses a place ever loses bytes to another.
            Assert.All(places.Zip(before), pair => Assert.True(
                ReferenceEquals(pair.First, place) || pair.Second.Users == 0 || pair.First.Bytes == pair.Second.Bytes));
            places[i] = left.Contains(place) ? new RoomPlace() : place;
        }

        for (int i = 0; i < places.Length; i++)
        {
            while (users[i]-- > 0)
            {
                _room.Leave(places[i]);
            }
        }

        Assert.InRange(_room.Places.Count, 0, MostIdle);
        var last = new RoomPlace();
        _room.Enter(last);
        _room.Fill(last, Limit);
        Assert.Equal((Limit, Limit), (last.Bytes, _room.Taken));
    }

    [Fact]
    public void Room_WhatIsInUse_StaysAndTheNextMakesDo()
    {
        (RoomPlace idle, RoomPlace used, RoomPlace next) = (Taken(30), Taken(60), new RoomPlace());
        _room.Leave(idle);
        _room.Enter(next);

        Assert.Equal([idle], _room.Fill(next, 50));

        Assert.Equal((0, 60, 40, true), (idle.Bytes, used.Bytes, next.Bytes, next.IsCramped));
        _room.Leave(used);
        Assert.Equal([used], _room.Fill(next, 50));
        Assert.Equal(50, next.Bytes);

        // So that the next user begins where there is room for all.
        Assert.Equal([next], _room.Leave(next));
        Assert.Equal(0, _room.Taken);
    }

    [Fact]
    public void Room_WithMoreIdleThanMayStay_LetsTheOneUsedLongestAgoGo()
    {
        RoomPlace[] places = [Taken(10), Taken(10), Taken(10)];
        _room.Leave(places[1]);
        _room.Leave(places[0]);

        Assert.Equal([places[1]], _room.Leave(places[2]));
        Assert.Equal(20, _room.Taken);
    }

    private IReadOnlyList<RoomPlace> Act(int kind, RoomPlace place, ref int users, ref PhiloxSequence draws)
    {
        switch (kind)
        {
            case 0:
                _room.Enter(place);
                users++;
                return [];
            case 1 when users > 0 && _room.Places.Contains(place):
                return _room.Fill(place, Math.Max(place.Bytes, draws.NextInt32((int)Limit)));
            case 2 when users > 0:
                users--;
                return _room.Leave(place);
            case 3 when draws.NextInt32(10) == 0 && users > 0:
                _room.Lower(place, draws.NextInt32((int)Limit));
                return [];
            case 4 when draws.NextInt32(20) == 0 && users > 0:
                _room.Remove(place);
                return [];
            default:
                return [];
        }
    }

    private RoomPlace Taken(long bytes)
    {
        var place = new RoomPlace();
        _room.Enter(place);
        _room.Fill(place, bytes);
        return place;
    }
}
