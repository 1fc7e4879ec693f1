"""Small volume files with what other programs read from them: /usr/bin/python3 volumes.py > volumes.json

NIfTI is written and read by nibabel 5.0.0. MetaImage is written here and its numbers are what was written, with the axis convention of ITK
(p = Offset + D * diag(spacing) * index, TransformMatrix one axis after the other). Resampled values are those of SciPy 1.10.1
(map_coordinates, order 1, border continued) at indices that NumPy 1.24.2 computes, 0 where a point is outside by the rule of Resampler.
"""
import base64
import json
import os
import sys
import tempfile
import zlib

import nibabel as nib
import numpy as np
from scipy import ndimage

rng = np.random.default_rng(13)
SHAPE = (4, 3, 2)


def turn(a, b, c):
    """A rotation about x, then y, then z; degrees."""
    a, b, c = np.radians([a, b, c])
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return z @ y @ x


def affine(d, spacing, origin):
    m = np.eye(4)
    m[:3, :3] = d @ np.diag(spacing)
    m[:3, 3] = origin
    return m


def encoded(folder):
    files = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as f:
            files[name] = base64.b64encode(f.read()).decode()
    return files


def entry(name, files, lps, dtype, values):
    """values: x, y, z."""
    steps = lps[:3, :3]
    spacing = np.linalg.norm(steps, axis=0)
    return {
        "name": name, "files": files, "size": list(values.shape[:3]), "spacing": spacing.tolist(), "origin": lps[:3, 3].tolist(),
        "direction": (steps / spacing).ravel().tolist(), "elementType": np.dtype(dtype).name,
        "values": values.astype(np.float64).ravel(order="F").tolist(),
    }


def numbers(dtype, shape=SHAPE):
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return rng.normal(0, 100, shape).astype(dtype)
    info = np.iinfo(dtype)
    values = rng.integers(max(info.min, -2**40), min(info.max, 2**40), shape, endpoint=True).astype(dtype)
    values.flat[0], values.flat[1] = max(info.min, -2**53), min(info.max, 2**53)
    return values


RAS = affine(np.diag([-1, -1, 1]) @ turn(12, -7, 5), (0.5, 0.75, 3.0), (20.5, -31.25, 7.125))


def nifti(name, values, cls=nib.Nifti1Image, matrix=RAS, change=None, endian="<", volume=0):
    header = cls.header_class(endianness=endian)
    header.set_data_dtype(values.dtype.newbyteorder(endian))
    image = cls(values, matrix, header)
    image.set_qform(matrix, 1)
    image.set_sform(matrix, 1)
    image.header.set_xyzt_units("mm")
    if change:
        change(image)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, name)
        nib.save(image, path)
        read = nib.load(path)
        data = np.asarray(read.dataobj)
        data = data[..., volume] if data.ndim == 4 else data
        lps = np.diag([-1, -1, 1, 1]) @ read.affine
        return entry(name, encoded(folder), lps, values.dtype, data)


def codes(q, s):
    def change(image):
        image.set_qform(image.affine, q)
        image.set_sform(image.affine if s else None, s)
        image.header.set_xyzt_units(0 if s == 2 else "mm")
    return change


def slope(image):
    image.header.set_slope_inter(0.25, -3)


def extended(image):
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"a note of 40 bytes about this very volume"))


volumes = []
for code in ("u1", "i2", "i4", "f4", "f8", "i1", "u2", "u4", "i8"):
    volumes.append(nifti(f"{code}.nii.gz", numbers(code)))
volumes += [
    nifti("plain.nii", numbers("i2")),
    nifti("big-endian.nii", numbers("u2"), endian=">"),
    nifti("big-endian-f8.nii.gz", numbers("f8"), endian=">"),
    nifti("two.nii", numbers("i4"), cls=nib.Nifti2Image),
    nifti("two-big-endian.nii.gz", numbers("f4"), cls=nib.Nifti2Image, endian=">"),
    nifti("pair.hdr", numbers("i2"), cls=nib.Nifti1Pair),
    nifti("pair-two.hdr", numbers("u1"), cls=nib.Nifti2Pair),
    nifti("qform-only.nii.gz", numbers("u1"), change=codes(1, 0)),
    nifti("qform-left-handed.nii.gz", numbers("u1"), matrix=RAS @ np.diag([1, 1, -1, 1]), change=codes(1, 0)),
    nifti("sform-only.nii.gz", numbers("u1"), change=codes(0, 2)),
    nifti("flipped.nii.gz", numbers("i2"), matrix=affine(np.array([[0, 0, 1], [-1, 0, 0], [0, 1, 0]]), (1, 2, 3), (4, 5, 6))),
    nifti("four.nii.gz", numbers("f4", SHAPE + (1,))),
    nifti("scaled.nii.gz", numbers("i2"), change=slope),
    nifti("extended.nii.gz", numbers("i2"), change=extended),
]

LPS = affine(turn(-9, 4, 33), (0.5, 2.9999999941936877, 1.625), (-118.95530321183, 10.25, -33.365886779710998))
METS = {"u1": "MET_UCHAR", "i1": "MET_CHAR", "u2": "MET_USHORT", "i2": "MET_SHORT", "u4": "MET_UINT", "i4": "MET_INT", "f4": "MET_FLOAT",
        "f8": "MET_DOUBLE"}


def triples(matrix):
    return " ".join(repr(float(x)) for x in matrix.T.ravel())


def meta(name, values, packed=False, size=True, big=False, data=None, keys=None, newline="\n", extra="", four=False, lps=LPS):
    raw = values.astype(values.dtype.newbyteorder(">" if big else "<")).tobytes(order="F")
    body = zlib.compress(raw) if packed else raw
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    matrix = np.eye(4)
    matrix[:3, :3] = lps[:3, :3] / spacing
    k = {"offset": "Offset", "matrix": "TransformMatrix", "spacing": "ElementSpacing", "order": "BinaryDataByteOrderMSB", **(keys or {})}
    lines = ["ObjectType = Image", f"NDims = {4 if four else 3}", "BinaryData = True", f"{k['order']} = {big}"]
    lines += [f"CompressedData = {packed}"] + ([f"CompressedDataSize = {len(body)}"] if packed and size else [])
    lines += [f"{k['matrix']} = {triples(matrix if four else matrix[:3, :3])}"]
    lines += [f"{k['offset']} = " + " ".join(repr(float(x)) for x in lps[:3, 3]) + (" 0" if four else "")]
    lines += [extra] if extra else []
    lines += [f"{k['spacing']} = " + " ".join(repr(float(x)) for x in spacing) + (" 1" if four else "")]
    lines += ["DimSize = " + " ".join(str(n) for n in values.shape) + (" 1" if four else ""), f"ElementType = {METS[values.dtype.str[1:]]}"]
    text = newline.join(lines + [f"ElementDataFile = {data or 'LOCAL'}", ""]).encode("latin-1")
    files = {name: text if data else text + body, **({data: body} if data else {})}
    # The numbers that were written are those of the affine; what is read is built from them anew.
    return entry(name, {n: base64.b64encode(b).decode() for n, b in files.items()}, lps, values.dtype, values)


SYNONYMS = {"offset": "Position", "matrix": "Rotation", "spacing": "ElementSize", "order": "ElementByteOrderMSB"}
TAGS = "0010|0010 = Doe^J\xf6rg = x\n0008|0008 = ORIGINAL\\PRIMARY\\M\nITK_non_uniform_sampling_deviation = 1.33298e-06\nAnatomicalOrientation = RAI"
for code in METS:
    volumes.append(meta(f"{code}.mha", numbers(code), packed=code in ("u2", "f4")))
volumes += [
    meta("no-size.mha", numbers("u2"), packed=True, size=False),
    meta("big-endian.mha", numbers("i2"), big=True),
    meta("big-endian-packed.mha", numbers("f8"), packed=True, big=True),
    meta("synonyms.mha", numbers("u2"), big=True, keys=SYNONYMS),
    meta("origin.mha", numbers("u2"), keys={"offset": "Origin", "matrix": "Orientation"}),
    meta("windows.mha", numbers("u1"), newline="\r\n"),
    meta("tags.mha", numbers("u1"), packed=True, extra=TAGS),
    meta("raw.mhd", numbers("i2"), data="raw.raw"),
    meta("zraw.mhd", numbers("i2"), packed=True, data="zraw.zraw"),
    meta("four.mha", numbers("u2"), four=True),
    meta("sagittal.mha", numbers("u2"), lps=affine(np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]]), (0.5625, 0.5625, 3.6), (10.2, -57.1, 80.4))),
]


def onto(source, lps, grid, shape, order):
    """Values of source (x, y, z) at the voxels of a grid: a formula of its own, beside SciPy's sampling."""
    index = np.linalg.inv(lps) @ grid
    i, j, k = np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")
    at = np.einsum("rc,cijk->rijk", index, np.stack([i, j, k, np.ones_like(i)]).astype(float))[:3]
    n = np.array(source.shape).reshape(3, 1, 1, 1)
    inside = np.all((at >= -0.501) & (at < n - 0.5 + 0.001), axis=0)
    if order == 0:
        near = np.clip(np.floor(at + 0.5 + 1e-6).astype(int), 0, n - 1)
        return np.where(inside, source[tuple(near)], 0)
    return np.where(inside, ndimage.map_coordinates(source.astype(float), at, order=1, mode="nearest"), 0)


SOURCE = rng.integers(0, 1000, (6, 5, 4)).astype("u2")
FROM = affine(turn(8, -3, 2), (2.0, 2.0, 3.0), (-6.0, -5.0, -4.5))
GRIDS = {
    # A finer grid of the same direction, whose centres lie exactly on the source's edge at -0.5 voxels.
    "finer": (FROM @ np.array([[.25, 0, 0, -.5], [0, .25, 0, -.5], [0, 0, 1, 0], [0, 0, 0, 1]]), (26, 22, 4)),
    "oblique": (affine(turn(-20, 15, 40), (1.3, 0.9, 2.1), (-7.0, -6.0, -3.0)), (9, 8, 7)),
    "permuted": (affine(np.array([[0, 0, -1], [1, 0, 0], [0, -1, 0]]), (1.1, 1.7, 2.3), (5.0, -5.5, 5.0)), (8, 7, 6)),
    "same": (FROM, (6, 5, 4)),
}
resampled = []
for name, (grid, shape) in GRIDS.items():
    for order in (1, 0):
        values = onto(SOURCE, FROM, grid, shape, order)
        resampled.append({"grid": name, "nearest": order == 0, "source": entry("", {}, FROM, "u2", SOURCE), "target": entry("", {}, grid, "f8", values)})

json.dump({"volumes": volumes, "resampled": resampled}, sys.stdout, separators=(",", ":"))
print()
