"""Writes augmentation.json: one slice moved by SciPy's affine resampling (1.10.1). Run: python3 augmentation.py > augmentation.json

A motion is given as the trainer draws it: angle in radians, shift in pixels, mirrored or not. An output pixel takes its value from the input
at centre + rotation * mirror * (pixel - centre) + shift. Images: linear, border repeated; labels: nearest, background outside."""
import json

import numpy as np
from scipy import ndimage

SIZE = 13
rng = np.random.default_rng(50)
image = np.round(rng.normal(size=(SIZE, SIZE)), 3)
labels = rng.integers(0, 4, (SIZE, SIZE))
centre = np.full(2, (SIZE - 1) / 2)


def move(angle, x, y, mirrored):
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])  # rows and columns are (y, x)
    matrix = rotation @ np.diag([1.0, -1.0 if mirrored else 1.0])
    offset = centre + np.array([y, x]) - matrix @ centre
    return {
        "angle": angle, "shiftX": x, "shiftY": y, "mirrored": mirrored,
        "image": [round(float(v), 9) for v in ndimage.affine_transform(image, matrix, offset, order=1, mode="nearest").ravel()],
        "labels": ndimage.affine_transform(labels, matrix, offset, order=0, mode="grid-constant", cval=0).ravel().tolist(),
    }


print(json.dumps({
    "size": SIZE, "image": image.ravel().tolist(), "labels": labels.ravel().tolist(),
    "moved": [
        move(np.pi / 8, 0.0, 0.0, False),
        move(0.0, 1.37, -0.81, False),
        move(-0.2, 0.0, 0.0, True),
        move(0.31, 2.4, 1.3, False),
        move(-np.pi / 8, -3.7, 2.9, True),
        move(3.0, -0.45, 5.6, True),
    ],
}))
