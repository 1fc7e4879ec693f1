"""Figures of the real PI-CAI case in shared/data/picai-sample, read with NumPy, zlib and nibabel 5.0.0, resampled with SciPy 1.10.1:
/usr/bin/python3 sample.py ../../../../shared/data/picai-sample > sample.json
"""
import hashlib
import json
import os
import sys
import zlib

import nibabel as nib
import numpy as np
from scipy import ndimage

root = sys.argv[1]
CASE = "10795_1000811"


def mha(name):
    with open(os.path.join(root, "images", "10795", f"{CASE}_{name}.mha"), "rb") as f:
        data = f.read()
    at = data.index(b"ElementDataFile")
    end = data.index(b"\n", at) + 1
    keys = dict(line.split(" = ", 1) for line in data[:end].decode("latin-1").splitlines())
    size = [int(n) for n in keys["DimSize"].split()]
    voxels = np.frombuffer(zlib.decompress(data[end:]), "<u2").reshape(size, order="F")
    affine = np.eye(4)
    columns = np.array([float(n) for n in keys["TransformMatrix"].split()]).reshape(3, 3)
    affine[:3, :3] = columns.T * [float(n) for n in keys["ElementSpacing"].split()]
    affine[:3, 3] = [float(n) for n in keys["Offset"].split()]
    return voxels, affine


def nifti(*path):
    image = nib.load(os.path.join(root, "picai_labels", *path))
    return np.asarray(image.dataobj), np.diag([-1, -1, 1, 1]) @ image.affine


def figures(voxels):
    values = voxels.astype(float)
    found = {"size": list(voxels.shape), "min": values.min(), "max": values.max(), "mean": values.mean(), "std": values.std(),
             "sha256": hashlib.sha256(voxels.tobytes(order="F")).hexdigest()}
    if len(np.unique(voxels)) <= 16:
        found["perSlice"] = [dict(zip(*[n.tolist() for n in np.unique(voxels[..., z], return_counts=True)])) for z in range(voxels.shape[2])]
    return found


def onto(source, grid):
    (voxels, lps), (other, to) = source, grid
    index = np.linalg.inv(lps) @ to
    result = np.empty(other.shape)
    n = np.array(voxels.shape).reshape(3, 1, 1)
    for k in range(other.shape[2]):
        i, j = np.meshgrid(np.arange(other.shape[0]), np.arange(other.shape[1]), indexing="ij")
        at = np.einsum("rc,cij->rij", index, np.stack([i, j, np.full_like(i, k), np.ones_like(i)]).astype(float))[:3]
        inside = np.all((at >= -0.501) & (at < n - 0.5 + 0.001), axis=0)
        result[..., k] = np.where(inside, ndimage.map_coordinates(voxels.astype(float), at, order=1, mode="nearest"), 0)
    return result


images = {name: mha(name) for name in ("t2w", "adc", "hbv", "sag")}
lesion, zones, gland = "csPCa_lesion_delineations", "anatomical_delineations/zonal_pz_tz", "anatomical_delineations/whole_gland"
labels = {
    f"{folder}/{case}": nifti(folder, f"{case}.nii.gz")
    for folder in (f"{lesion}/human_expert/resampled", f"{lesion}/human_expert/original", f"{lesion}/AI/Bosma22a", f"{zones}/AI/Yuan23",
                   f"{zones}/AI/HeviAI23", f"{gland}/AI/Bosma22b", f"{gland}/AI/Guerbet23")
    for case in (CASE, "10059_1000059")
}
json.dump({
    "images": {name: figures(voxels) for name, (voxels, _) in images.items()},
    "ontoT2w": {name: figures(onto(images[name], images["t2w"])) for name in ("adc", "hbv", "sag")},
    "labels": {name: figures(voxels) for name, (voxels, _) in labels.items()},
    "affines": {name: affine.ravel().tolist() for name, (_, affine) in {**images, **labels}.items()},
}, sys.stdout, indent=1)
print()
