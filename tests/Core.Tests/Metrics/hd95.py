"""Writes hd95.csv: HD95 and ASSD of pairs of segmentations by SciPy, for SurfaceDistanceTests.cs.

Both sides make the volumes from the same integer hash, with integer arithmetic alone. Surfaces: binary_erosion with the 6-neighbourhood and
nothing outside the volume; distances: distance_transform_edt with the voxel's sides; percentile: NumPy's default, linear between order
statistics, of each direction; HD95: the larger one, as MONAI and Maier-Hein et al. 2024 define it; ASSD: the mean of both directions' distances together.
Run with any SciPy: python3 hd95.py > hd95.csv
"""
import numpy as np
from scipy import ndimage


def lowbias32(stream, n):
    """A 32-bit integer hash of the stream and the index."""
    x = (np.arange(1, n + 1, dtype=np.uint64) + np.uint64(stream * 0x9E3779B9 & 0xFFFFFFFF)).astype(np.uint32)
    x ^= x >> np.uint32(16)
    x *= np.uint32(0x7FEB352D)
    x ^= x >> np.uint32(15)
    x *= np.uint32(0x846CA68B)
    x ^= x >> np.uint32(16)
    return x.astype(np.int64)


def mask(kind, stream, slices, size):
    h = lowbias32(stream, slices * size * size + 8)
    z, y, x = np.indices((slices, size, size))
    if kind == 'noise':
        return (h[8:] % 1000 < 5 + 300 * (stream % 7 == 0)).reshape(slices, size, size)
    found = np.zeros((slices, size, size), bool)
    for b in (0, 4):
        cz, cy, cx, r = h[b] % slices, h[b + 1] % size, h[b + 2] % size, 1 + h[b + 3] % 7
        found |= 4 * (z - cz)**2 + (y - cy)**2 + (x - cx)**2 <= r * r
    if kind == 'ragged':
        found ^= (h[8:] % 100 < 3).reshape(slices, size, size)
    return found


def directed(a, b, spacing):
    cross = ndimage.generate_binary_structure(3, 1)
    edge = lambda m: m ^ ndimage.binary_erosion(m, cross, border_value=0)
    return ndimage.distance_transform_edt(~edge(b), sampling=spacing)[edge(a)]


SHAPES = [(5, 24, 3.0, 1.5), (1, 32, 3.6, 0.5), (19, 20, 3.0, 0.25), (4, 48, 0.7, 2.0), (12, 17, 1.0, 1.0), (3, 9, 3.3, 0.234375)]

if __name__ == '__main__':
    print('kind,stream,slices,size,slice_mm,pixel_mm,predicted_to_expert,expert_to_predicted,hd95,assd')
    for kind in ('blobs', 'ragged', 'noise'):
        for i, (slices, size, slice_mm, pixel_mm) in enumerate(SHAPES):
            for stream in range(10 * i, 10 * i + 8, 2):
                p, e, spacing = mask(kind, stream, slices, size), mask(kind, stream + 1, slices, size), (slice_mm, pixel_mm, pixel_mm)
                there, back = ([np.nan], [np.nan]) if not (p.any() and e.any()) else (directed(p, e, spacing), directed(e, p, spacing))
                values = [np.percentile(there, 95), np.percentile(back, 95)]
                print(f'{kind},{stream},{slices},{size},{slice_mm!r},{pixel_mm!r},'
                      + ','.join(f'{v:.17g}' for v in values + [max(values), np.mean(np.concatenate([there, back]))]))
