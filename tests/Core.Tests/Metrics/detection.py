"""Writes detection.csv: lesions found and reliability of made-up volumes by SciPy, for DetectionTests.cs.

Both sides make logits and labels from the same integer hash, with integer arithmetic alone. Candidates: the dynamic rule of PI-CAI (Bosma et al.
2023), version 2 of what its authors publish: threshold at the highest probability over 2.5, parts of the 26-neighbourhood (ndimage.label), more
than 10 voxels, the surest of them, taken out, no candidate where it touches an earlier one (ndimage.binary_dilation by the 26-neighbourhood);
where no part is large enough, everything above the threshold is taken out; at most 5, highest probability at least 0.01.
Lesions: parts joined by corners; matching by scipy.optimize.linear_sum_assignment with intersection over union of at least 0.1, number of matches
first. Reliability: numpy.digitize in tenths over labelled voxels.
Run with any SciPy: python3 detection.py > detection.csv
"""
import numpy as np
from scipy import ndimage
from scipy.optimize import linear_sum_assignment
from scipy.special import expit

from hd95 import lowbias32, mask


def logits(kind, stream, slices, size):
    """Tumour logits in eighths: up to three bumps, of which two lie where the expert's blobs of the stream do, and noise."""
    h = lowbias32(stream, slices * size * size + 12)
    z, y, x = np.indices((slices, size, size))
    found = np.full((slices, size, size), -72, np.int64)
    for b in (0, 4, 8):
        cz, cy, cx, r = h[b] % slices, h[b + 1] % size, h[b + 2] % size, 1 + h[b + 3] % 7
        peak = h[b + 3] // 7 % 56 - 24
        found = np.maximum(found, peak - 32 * (4 * (z - cz)**2 + (y - cy)**2 + (x - cx)**2) // (r * r))
    if kind == 'noisy':
        found += (h[12:] % 24).reshape(found.shape)
    if kind == 'specks':
        found[(h[12:] % 97 == 0).reshape(found.shape)] = 40
    if kind == 'unsure':
        found = (h[12:] % 40).reshape(found.shape) - 20
    return np.maximum(found, -72) / 8


CUBE = np.ones((3, 3, 3))


def candidates(logit):
    left, taken, found = expit(logit), np.zeros(logit.shape, bool), []
    while len(found) < 5 and left.max() >= 0.01:
        threshold = left.max() / 2.5
        parts, n = ndimage.label(left >= threshold, CUBE)
        sizes = ndimage.sum_labels(np.ones(parts.shape), parts, np.arange(1, n + 1))
        large = 1 + np.flatnonzero(sizes > 10)
        if large.size == 0:
            left[left > threshold] = 0
            continue
        part = parts == large[np.argmax(ndimage.maximum(left, parts, large))]
        if not (part & ndimage.binary_dilation(taken, CUBE)).any():
            found.append((logit[part].max(), part))
            taken |= part
        left[part] = 0
    return found


SHAPES = [(5, 24), (1, 32), (9, 20), (4, 40), (12, 17), (3, 12)]
print('kind,stream,slices,size,lesions,hits,false_alarms,suspicion,pixels,tumour,probability')
for kind in ('bumps', 'noisy', 'unsure', 'specks'):
    for i, (slices, size) in enumerate(SHAPES):
        for stream in range(10 * i, 10 * i + (2 if kind == 'unsure' else 8)):
            logit = logits(kind, stream, slices, size)
            expert = mask('blobs', stream, slices, size) if stream % 4 else np.zeros(logit.shape, bool)
            lesions, n = ndimage.label(expert, CUBE)
            found = candidates(logit)
            overlap = np.array([[((lesions == l) & part).sum() / ((lesions == l) | part).sum() for _, part in found] for l in range(1, n + 1)])
            overlap = overlap.reshape(n, len(found))
            overlap[overlap < 0.1] = 0
            rows, columns = linear_sum_assignment(np.where(overlap > 0, overlap + 1, 0), maximize=True)
            hits = {c for r, c in zip(rows, columns) if overlap[r, c] > 0}
            alarms = {c for c in range(len(found)) if not (overlap[:, c] > 0).any()}
            gland = expert | (np.arange(logit.size) % 3 == 1).reshape(logit.shape)
            p = expit(logit[gland])
            bins = np.digitize(p, np.arange(1, 10) / 10)
            count = lambda values: ';'.join(f'{values[bins == b].sum():.10g}' for b in range(10))
            text = lambda chosen: ';'.join(repr(float(found[c][0])) for c in sorted(chosen))
            print(f'{kind},{stream},{slices},{size},{n},{text(hits)},{text(alarms)},{max((c for c, _ in found), default="")},'
                  f'{count(np.ones(p.size, int))},{count(expert[gland].astype(int))},{count(p)}')
