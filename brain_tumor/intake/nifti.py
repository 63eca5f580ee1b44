"""NIfTI volumes, plain or gzipped, from memory: the header first, then the first volume alone."""

import zlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor.errors import ImageTooLargeError, NiftiError
from brain_tumor.imaging.large import one_large_at_a_time
from brain_tumor.imaging.window import window_to_uint8
from brain_tumor.intake.guard import read_errors
from brain_tumor.intake.limits import (
    MAX_FILE_BYTES,
    MAX_GZIP_MEMBERS,
    MAX_SPACING,
    MAX_VOXELS,
    MIN_SPACING,
    mebibytes,
)
from brain_tumor.intake.series import OBLIQUE
from brain_tumor.intake.volume import ANATOMICAL, Volume, canonical, tilt

GZIP: Final = b"\x1f\x8b"
_CHUNK: Final = 2**16
_HEADER_BYTES: Final = 540  # of NIfTI-2; NIfTI-1 has 348
_SINGLE: Final = (b"n+1\0", b"n+2\0")
_PAIR: Final = (b"ni1\0", b"ni2\0")

THICK: Final = 1.5
"""Times the finest spacing from which the coarsest axis is taken for that of the slices."""


@dataclass(frozen=True, slots=True)
class _Header:
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    slope: float
    affine: NDArray[np.float64]
    oriented: bool


def is_nifti(data: bytes) -> bool:
    """Say whether bytes start like NIfTI, unpacking no more than a header."""
    head = _head(data)
    return head[344:348] in (*_SINGLE, *_PAIR) or head[4:8] in (*_SINGLE, *_PAIR)


def read_nifti(data: bytes) -> Volume:
    """Read a .nii or .nii.gz file; of one with several volumes, the first.

    Any orientation comes out on canonical axes. Grey values are mapped to 8 bits by one window
    over the whole volume (``window_to_uint8``), in which NaN counts as the minimum.

    Raises:
        ImageTooLargeError: more voxels or bytes than the limits, as the header has it.
        NiftiError: half of a pair of files, voxels that are not grey, or a damaged file.
        DecodeError: axes that make no sense.
    """
    if len(data) > MAX_FILE_BYTES:
        raise _too_large()
    with read_errors("NIfTI file", NiftiError):
        header = _header(_head(data))
        _check(header)
        i, j, k = header.shape[:3]
        size = i * j * k * header.dtype.itemsize
        if header.offset + size > MAX_FILE_BYTES:
            raise _too_large()
        with one_large_at_a_time(i * j * k):
            body = _first_bytes(data, header.offset + size)
            if len(body) < header.offset + size:
                raise NiftiError(
                    "This NIfTI file ends before its volume is complete. Copy or export it again."
                )
            stored = np.frombuffer(body, header.dtype, i * j * k, header.offset)
            return _volume(stored.reshape((k, j, i)), header)


def _head(data: bytes) -> bytes:
    try:
        return bytes(_first_bytes(data, _HEADER_BYTES))
    except zlib.error:
        return b""


def _first_bytes(data: bytes, count: int) -> bytes | bytearray:
    """The first ``count`` bytes of the unpacked file, and never more of them."""
    if data[:2] != GZIP:
        return data[:count]
    # Members after the first belong to files written in parts, which bgzip does for large ones.
    body, at = bytearray(), 0
    for _ in range(MAX_GZIP_MEMBERS):
        inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while at < len(data) and len(body) < count and not inflater.eof:
            chunk = data[at : at + _CHUNK]
            body += inflater.decompress(chunk, count - len(body))
            at += len(chunk) - len(inflater.unused_data) - len(inflater.unconsumed_tail)
        if len(body) >= count or data[at : at + 2] != GZIP:
            break
    return body


def _header(head: bytes) -> _Header:
    if head[344:348] in _PAIR or head[4:8] in _PAIR:
        raise NiftiError(
            "A NIfTI volume must be one file, but this is one of a pair (.hdr and .img). "
            "Convert the pair to .nii or .nii.gz."
        )
    from nibabel.nifti1 import Nifti1Header
    from nibabel.nifti2 import Nifti2Header

    second = head[4:8] in _SINGLE
    header_type, length = (Nifti2Header, 540) if second else (Nifti1Header, 348)
    if len(head) < length:
        raise EOFError
    header = header_type(head[:length], check=False)
    slope = float(header["scl_slope"])
    return _Header(
        shape=tuple(int(n) for n in header.get_data_shape()),
        dtype=header.get_data_dtype(),
        offset=int(header["vox_offset"]),
        slope=slope if np.isfinite(slope) and slope != 0 else 1.0,
        affine=np.asarray(header.get_best_affine(), dtype=np.float64),
        oriented=bool(header["sform_code"] > 0 or header["qform_code"] > 0),
    )


def _check(header: _Header) -> None:
    shape = header.shape
    if not 3 <= len(shape) <= 5 or min(shape) < 1 or (len(shape) == 5 and shape[4] > 1):
        raise NiftiError(
            "A NIfTI file must have three dimensions, or four, but this one has others. "
            "Export one volume of it."
        )
    if shape[0] * shape[1] * shape[2] > MAX_VOXELS:
        raise ImageTooLargeError(
            f"A volume may have at most {MAX_VOXELS} voxels, but this one has {shape[0]} x "
            f"{shape[1]} x {shape[2]}. Crop it or resample it."
        )
    if header.dtype.kind not in "iuf" or header.dtype.itemsize > 8:
        raise NiftiError(
            "NIfTI voxels must be whole numbers or floating point of up to 64 bits, but these are "
            "of another kind (complex, colour or longer). Convert the volume to 16-bit grey."
        )
    if header.offset < 348:
        raise NiftiError(
            "A NIfTI file must say where its voxels start, but this one names a place within its "
            "header. The file is damaged: export it again."
        )


def _volume(stored: np.ndarray, header: _Header) -> Volume:
    """The volume from stored values (K, J, I)."""
    values = stored
    if values.dtype.kind == "f" and values.dtype.itemsize != 4:
        with np.errstate(over="ignore", invalid="ignore"):
            values = values.astype(np.float32)
    # The window does not change with a positive scale, so there is no need to apply one.
    with np.errstate(invalid="ignore"):  # signalling NaN
        pixels = window_to_uint8(values.reshape(-1, values.shape[-1])).reshape(values.shape)
    if header.slope < 0:
        np.subtract(255, pixels, out=pixels)
    affine, notes = _believable(header)
    voxels, spacing, _ = canonical(pixels, affine)
    coarsest = int(np.argmax(spacing))
    thick = spacing[coarsest] > THICK * min(spacing)
    return Volume(
        voxels=np.ascontiguousarray(voxels),
        spacing=spacing,
        orientation="SAR",
        native=ANATOMICAL[coarsest] if thick else "axial",
        file_format="NIfTI",
        source_mode=str(stored.dtype.newbyteorder("=")),
        bits=stored.dtype.itemsize * 8,
        notes=notes,
    )


def _believable(header: _Header) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The affine, mended where it makes no sense, and what is to be said of it."""
    notes: tuple[str, ...] = ()
    affine = header.affine.copy()
    if not header.oriented:
        notes = ("The file does not say how it lies in the patient: sides may be exchanged.",)
    steps = np.linalg.norm(affine[:3, :3], axis=0)
    wrong = ~((steps >= MIN_SPACING) & (steps <= MAX_SPACING))
    if wrong.any():
        sound = np.isfinite(steps) & (steps > 0)
        if not sound.all():
            affine = np.eye(4)
            notes = ("The file's geometry makes no sense: 1 mm and upright are assumed.",)
        else:
            affine[:3, :3] /= steps
            notes = (*notes, "The file's spacing makes no sense: 1 mm is assumed.")
    if len(header.shape) > 3 and header.shape[3] > 1:
        notes = (*notes, f"The file holds {header.shape[3]} volumes: the first one is used.")
    if tilt(affine) > OBLIQUE:
        notes = (*notes, "The volume lies obliquely: the planes are the nearest ones.")
    return affine, notes


def _too_large() -> ImageTooLargeError:
    return ImageTooLargeError(
        f"A NIfTI volume may take at most {mebibytes(MAX_FILE_BYTES)} unpacked, but this one takes "
        "more. Crop it, resample it, or convert it to 16 bits."
    )
