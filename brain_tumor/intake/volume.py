"""A volume on canonical axes, and its planes as a radiologist expects to see them."""

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor.errors import DecodeError, ImageTooSmallError
from brain_tumor.imaging.decode import Scan
from brain_tumor.intake.limits import MAX_FRAME_SIDE, MAX_SPACING, MIN_FRAME_SIDE, MIN_SPACING

Plane = Literal["axial", "coronal", "sagittal", "acquired"]
"""``acquired`` is the only plane of a stack that does not say how it lies in the patient."""

_AXES: Final[dict[Plane, int]] = {"axial": 0, "coronal": 1, "sagittal": 2, "acquired": 0}

ANATOMICAL: Final[tuple[Plane, ...]] = ("axial", "coronal", "sagittal")

SAME_ASPECT: Final = 0.01
"""Relative difference of two spacings that is not worth resampling for."""


_FLAT: Final = 0.01  # of the volume that three unit steps span


@dataclass(frozen=True, slots=True)
class Volume:
    """A stack of slices.

    Attributes:
        voxels: uint8 (Z, Y, X), grey, 0 (black) to 255, read-only. With a known ``orientation``
            index 0 is the most inferior (Z), posterior (Y) and left (X) one; without, Z counts
            the slices in the order they were taken and Y, X are rows and columns as stored.
        spacing: millimetres between voxels along (z, y, x).
        orientation: the sides of the patient that the axes (z, y, x) grow towards, ``"SAR"``:
            superior, anterior, right; None where the files do not say.
        native: the plane in which the slices were taken, or the one nearest to it.
        file_format: "DICOM" or "NIfTI".
        source_mode: the dtype of the stored voxels, as NumPy writes it.
        bits: what a stored sample takes: 8, 16, 32 or 64.
        colourfulness: 0 for grey files, else as in ``Scan``, the mean of all slices.
        notes: what the reader had to assume, as sentences.
    """

    voxels: NDArray[np.uint8]
    spacing: tuple[float, float, float]
    orientation: str | None
    native: Plane
    file_format: str
    source_mode: str
    bits: int
    colourfulness: float = 0.0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.voxels.dtype != np.uint8 or self.voxels.ndim != 3 or 0 in self.voxels.shape:
            raise ValueError(
                "A volume's voxels must be uint8 of shape (Z, Y, X). "
                f"Received: {self.voxels.dtype} of shape {self.voxels.shape}."
            )
        if not all(MIN_SPACING <= step <= MAX_SPACING for step in self.spacing):
            raise ValueError(
                f"Spacings must be {MIN_SPACING} to {MAX_SPACING} mm. Received: {self.spacing}."
            )
        if (self.orientation is None) != (self.native == "acquired"):
            raise ValueError("A stack without orientation has the plane 'acquired', and only it.")
        if self.voxels.flags.writeable:
            view = self.voxels.view()
            view.setflags(write=False)
            object.__setattr__(self, "voxels", view)

    @property
    def planes(self) -> tuple[Plane, ...]:
        """The planes that ``slice_of`` can cut, the native one first."""
        if self.orientation is None:
            return ("acquired",)
        return (self.native, *(plane for plane in ANATOMICAL if plane != self.native))


def slice_count(volume: Volume, plane: Plane) -> int:
    """Return how many slices a plane has."""
    return int(volume.voxels.shape[_axis(volume, plane)])


def slice_of(volume: Volume, plane: Plane, index: int) -> Scan:
    """Cut one slice, as radiologists look at it, in the patient's proportions.

    - axial: seen from the feet, the nose up, the patient's right on the left of the image;
      ``index`` grows towards the head.
    - coronal: seen from the front, the head up, the patient's right on the left; ``index`` grows
      towards the front.
    - sagittal: seen from the patient's left, the head up, the nose on the left; ``index`` grows
      towards the patient's right.
    - acquired: as stored.

    Where the pixels are not square, the coarser direction is stretched to the finer one's spacing.

    Raises:
        ImageTooSmallError: the slice is less than ``MIN_FRAME_SIDE`` pixels wide or high.
        ValueError: the volume has no such plane.
        IndexError: the plane has no such slice.
    """
    axis = _axis(volume, plane)
    count = volume.voxels.shape[axis]
    if not 0 <= index < count:
        raise IndexError(f"The {plane} plane has the slices 0 to {count - 1}. Received: {index}.")
    stored: NDArray[np.uint8] = np.take(volume.voxels, index, axis=axis)
    pixels = stored if volume.orientation is None else stored[::-1, ::-1]
    row, column = _plane_spacing(volume, plane)
    return Scan(
        square_pixels(pixels, row, column),
        volume.colourfulness,
        volume.file_format,
        volume.source_mode,
        volume.bits,
    )


def display_size(volume: Volume, plane: Plane) -> tuple[int, int]:
    """Return (height, width) in pixels of the slices that ``slice_of`` cuts in this plane."""
    shape = list(volume.voxels.shape)
    del shape[_axis(volume, plane)]
    return square_size(shape[0], shape[1], *_plane_spacing(volume, plane))


def usable_planes(volume: Volume) -> tuple[Plane, ...]:
    """Return the planes whose slices are large enough to be shown, the native one first."""
    return tuple(p for p in volume.planes if min(display_size(volume, p)) >= MIN_FRAME_SIDE)


def square_size(height: int, width: int, row: float, column: float) -> tuple[int, int]:
    """Return the (height, width) that shows an image in its proportions.

    Args:
        height: rows.
        width: columns.
        row: millimetres from one row to the next.
        column: millimetres from one column to the next.
    """
    if abs(row - column) <= SAME_ASPECT * min(row, column):
        return height, width
    finer = min(row, column)
    tall, wide = height * row / finer, width * column / finer
    shrink = min(1.0, MAX_FRAME_SIDE / max(tall, wide))
    return max(1, round(tall * shrink)), max(1, round(wide * shrink))


def square_pixels(pixels: NDArray[np.uint8], row: float, column: float) -> NDArray[np.uint8]:
    """Resample uint8 (H, W) to square pixels, see ``square_size``.

    Raises:
        ImageTooSmallError: the result is less than ``MIN_FRAME_SIDE`` pixels wide or high.
    """
    height, width = square_size(pixels.shape[0], pixels.shape[1], row, column)
    if min(height, width) < MIN_FRAME_SIDE:
        raise ImageTooSmallError(
            f"A slice must be at least {MIN_FRAME_SIDE} pixels wide and high in its proportions, "
            f"but this one is {width} x {height}. Choose another plane, or a series with more "
            "slices."
        )
    if (height, width) == pixels.shape:
        return np.ascontiguousarray(pixels)
    shrinking = height < pixels.shape[0] or width < pixels.shape[1]
    method = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    resized = cv2.resize(np.ascontiguousarray(pixels), (width, height), interpolation=method)
    return np.asarray(resized, dtype=np.uint8)


def canonical(
    values: np.ndarray, affine: NDArray[np.float64]
) -> tuple[np.ndarray, tuple[float, float, float], int]:
    """Turn a stack so that its axes lie nearest to the patient's.

    Args:
        values: (K, J, I), any dtype.
        affine: float (4, 4), from (i, j, k) to millimetres towards the patient's right, front and
            head (RAS+, as in NIfTI).

    Returns:
        The same values as (Z, Y, X), growing towards head, front and right, a view; millimetres
        between voxels along (z, y, x); and the new axis (0, 1, 2) that K has become.

    Raises:
        DecodeError: the affine has no inverse, so that the stack lies nowhere.
    """
    from nibabel import orientations

    steps = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.isfinite(affine).all() or not (steps > 0).all():
        raise DecodeError(
            "The file's geometry is not usable: an axis has no direction. Export it again."
        )
    turn = orientations.io_orientation(affine)
    if np.isnan(turn).any() or abs(np.linalg.det(affine[:3, :3] / steps)) < _FLAT:
        raise DecodeError("The file's geometry is not usable: two axes coincide. Export it again.")
    turned = orientations.apply_orientation(values.transpose(2, 1, 0), turn)
    to_axis = turn[:, 0].astype(int)
    spacing = np.empty(3)
    spacing[to_axis] = steps
    x, y, z = (float(step) for step in spacing)
    return turned.transpose(2, 1, 0), (z, y, x), 2 - int(to_axis[2])


def tilt(affine: NDArray[np.float64]) -> float:
    """Return by how many degrees a stack's axes differ from the patient's, at most."""
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    nearest = np.abs(directions).max(axis=0)
    return float(np.degrees(np.arccos(np.clip(nearest.min(), -1.0, 1.0))))


def _axis(volume: Volume, plane: Plane) -> int:
    if plane not in volume.planes:
        raise ValueError(
            f"This volume has the planes {', '.join(volume.planes)}. Received: {plane!r}."
        )
    return _AXES[plane]


def _plane_spacing(volume: Volume, plane: Plane) -> tuple[float, float]:
    spacing = list(volume.spacing)
    del spacing[_axis(volume, plane)]
    return spacing[0], spacing[1]
