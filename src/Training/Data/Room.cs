namespace AdvSeg.Training.Data;

/// <summary>Something with users that takes bytes of a <see cref="Room{T}"/>, which alone changes it.</summary>
internal class RoomPlace
{
    public int Users { get; set; }

    public long Bytes { get; set; }

    /// <summary>It once got less than it wanted, and makes do with that for as long as it has users.</summary>
    public bool IsCramped { get; set; }
}

/// <summary>
/// Divides the bytes of a limit among places. A place with users keeps its bytes; one without leaves when others want them, the one used longest ago
/// first. Methods return the places that have left, whose memory the caller frees before it does anything else. Callers on several threads lock.
/// </summary>
/// <param name="limit">Bytes.</param>
/// <param name="mostIdle">So many places may stay without a user.</param>
internal sealed class Room<T>(long limit, int mostIdle)
    where T : RoomPlace
{
    /// <summary>The one used longest ago first.</summary>
    private readonly List<T> _places = [];

    public long Limit => limit;

    public long Taken => _places.Sum(place => place.Bytes);

    public IReadOnlyList<T> Places => _places;

    /// <summary>Adds a user to a place, which may be new.</summary>
    public void Enter(T place)
    {
        if (!_places.Contains(place))
        {
            _places.Add(place);
        }

        place.Users++;
    }

    /// <summary>Gives a place that has users as many bytes as it wants, or as there are.</summary>
    /// <returns>Who left for it.</returns>
    public IReadOnlyList<T> Fill(T place, long wanted)
    {
        List<T> left = [];
        while (Free(place) < wanted && _places.Find(other => other.Users == 0) is { } idle)
        {
            Remove(idle);
            left.Add(idle);
        }

        place.Bytes = Math.Min(wanted, Free(place));
        place.IsCramped |= place.Bytes < wanted;
        return left;
    }

    /// <summary>Lowers a place's bytes to what it turned out to need.</summary>
    public void Lower(T place, long bytes) => place.Bytes = Math.Min(place.Bytes, bytes);

    /// <summary>
    /// Takes a user off a place. A cramped place leaves with its last user, so that the next one begins anew; so do idle places beyond the number
    /// that may stay.
    /// </summary>
    /// <returns>Who left.</returns>
    public IReadOnlyList<T> Leave(T place)
    {
        place.Users--;
        if (place.Users > 0 || !_places.Remove(place))
        {
            return [];
        }

        if (place.IsCramped)
        {
            place.Bytes = 0;
            return [place];
        }

        _places.Add(place);
        T[] left = [.. _places.Where(other => other.Users == 0).SkipLast(mostIdle)];
        Array.ForEach(left, Remove);
        return left;
    }

    /// <summary>Removes a place even if it has users, because its load failed or it is idle.</summary>
    public void Remove(T place)
    {
        _places.Remove(place);
        place.Bytes = 0;
    }

    private long Free(T but) => limit - Taken + but.Bytes;
}
