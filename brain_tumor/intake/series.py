"""Slices of one DICOM series, put in order and stacked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor.errors import DecodeError, DicomError, ImageTooLargeError
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.large import one_large_at_a_time
from brain_tumor.intake.dicom import DicomImage
from brain_tumor.intake.dicom_frames import FrameInfo, common_window
from brain_tumor.intake.dicom_pixels import display, stored_frames, to_grey
from brain_tumor.intake.limits import MAX_FRAMES, MAX_SPACING, MAX_VOXELS, MIN_SPACING
from brain_tumor.intake.volume import ANATOMICAL, Volume, canonical, square_pixels, tilt

SAME_PLACE: Final = 0.01
"""Millimetres along the normal within which two slices lie in one place."""

GAP: Final = 1.5
"""Times the usual distance between neighbours beyond which slices are missing."""

OBLIQUE: Final = 15.0
"""Degrees between a stack's axes and the patient's from which it is said to be oblique."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One frame of one file: ``index`` counts the file's frames."""

    image: DicomImage
    index: int

    @property
    def info(self) -> FrameInfo:
        """What the header says of this frame."""
        return self.image.frames[self.index]


@dataclass(frozen=True, slots=True)
class Stack:
    """Slices in order.

    ``affine`` is float (4, 4) from (column, row, slice) to millimetres in RAS+, or None where the
    slices do not say where they lie. ``spacing`` is millimetres (slice, row, column).
    """

    slices: tuple[Slice, ...]
    affine: NDArray[np.float64] | None
    spacing: tuple[float, float, float]
    notes: tuple[str, ...]


def group(images: Sequence[DicomImage]) -> list[list[Slice]]:
    """Sort slices into stacks: one series, one size, one kind of pixel, one direction."""
    groups: dict[object, list[Slice]] = {}
    for image in images:
        for index, info in enumerate(image.frames):
            direction = info.orientation and tuple(round(one, 2) + 0.0 for one in info.orientation)
            kind = (image.rows, image.columns, image.photometric, image.modality)
            groups.setdefault((image.series, kind, direction), []).append(Slice(image, index))
    return list(groups.values())


def arrange(slices: Sequence[Slice]) -> Stack:
    """Put slices of one stack in order, along their normal where they say where they lie.

    Of several slices in one place the first by number is kept, and said so; gaps are reported.

    Raises:
        ImageTooLargeError: more slices than ``MAX_FRAMES``, or voxels than ``MAX_VOXELS``.
    """
    _check_size(slices)
    by_number = sorted(slices, key=_number)
    first = by_number[0].info
    places = _places(by_number)
    row, column = first.spacing or (1.0, 1.0)
    if places is None or first.orientation is None:
        return _unplaced(by_number, (first.step or 1.0, row, column))
    order = np.argsort(places, kind="stable")
    kept = [int(order[0])]
    for index in order[1:]:
        if places[index] - places[kept[-1]] > SAME_PLACE:
            kept.append(int(index))
    if len(kept) == 1 and len(by_number) > 1:
        return _unplaced(by_number, (1.0, row, column), ("All slices lie in one place.",))
    notes, step = _gaps(places[kept], first.step)
    ordered = tuple(by_number[index] for index in kept)
    notes = (*_duplicates(len(by_number), len(kept)), *notes)
    if first.spacing is None:
        notes = (*notes, "The files do not say how far apart pixels are: 1 mm is assumed.")
    affine = _affine(ordered[0].info, (step, row, column))
    return Stack(ordered, affine, (step, row, column), notes)


def build(slices: Sequence[Slice]) -> Volume | tuple[Scan, tuple[str, ...]]:
    """Decode a stack: a volume, or the scan and its notes where there is one slice only.

    Raises:
        DicomError: a slice is damaged.
        ImageTooLargeError: more than the limits.
        ImageTooSmallError: a single slice of fewer pixels than the limit.
    """
    stack = arrange(slices)
    first = stack.slices[0].image
    with one_large_at_a_time(first.rows * first.columns * len(stack.slices)):
        return _build(stack)


def _build(stack: Stack) -> Volume | tuple[Scan, tuple[str, ...]]:
    first = stack.slices[0].image
    values, colourfulness = _decode(stack.slices)
    pixels, notes = _shown(stack.slices, values)
    mode = "RGB" if not first.grey else str(values.dtype)
    bits = int(first.options["bits_allocated"])
    if len(stack.slices) == 1:
        _, row, column = stack.spacing
        shown = square_pixels(pixels[0], row, column)
        return Scan(shown, colourfulness, "DICOM", mode, bits), notes
    return _volume(stack, pixels, (mode, bits, colourfulness), notes)


def undecodable(slices: Sequence[Slice]) -> dict[int, DecodeError]:
    """Return the error of each file (by ``id`` of its image) whose pixels cannot be decoded."""
    bad: dict[int, DecodeError] = {}
    for image in {id(one.image): one.image for one in slices}.values():
        try:
            for _ in stored_frames(image):
                pass
        except DecodeError as error:
            bad[id(image)] = error
    return bad


def _volume(
    stack: Stack,
    pixels: NDArray[np.uint8],
    source: tuple[str, int, float],
    notes: tuple[str, ...],
) -> Volume:
    mode, bits, colourfulness = source
    notes = (*stack.notes, *notes)
    spacing, orientation, native = stack.spacing, None, "acquired"
    if stack.affine is not None:
        pixels, spacing, axis = canonical(pixels, stack.affine)
        orientation, native = "SAR", ANATOMICAL[axis]
        if tilt(stack.affine) > OBLIQUE:
            notes = (*notes, "The slices were taken obliquely: the planes are the nearest ones.")
    return Volume(
        voxels=np.ascontiguousarray(pixels),
        spacing=_believable(spacing),
        orientation=orientation,
        native=native,  # type: ignore[arg-type]
        file_format="DICOM",
        source_mode=mode,
        bits=bits,
        colourfulness=colourfulness,
        notes=notes,
    )


def _believable(spacing: tuple[float, float, float]) -> tuple[float, float, float]:
    z, y, x = (float(np.clip(step, MIN_SPACING, MAX_SPACING)) for step in spacing)
    return z, y, x


def _check_size(slices: Sequence[Slice]) -> None:
    rows, columns = slices[0].image.rows, slices[0].image.columns
    if len(slices) > MAX_FRAMES or rows * columns * len(slices) > MAX_VOXELS:
        raise ImageTooLargeError(
            f"A series may have at most {MAX_FRAMES} slices and {MAX_VOXELS} voxels, but this one "
            f"has {len(slices)} slices of {columns} x {rows}. Send a part of it."
        )


def _number(one: Slice) -> tuple[int, int, int]:
    instance = one.image.instance
    return (0, instance, one.index) if instance is not None else (1, 0, one.index)


def _places(slices: Sequence[Slice]) -> NDArray[np.float64] | None:
    """Millimetres along the normal, None where a slice does not say or the axes make no sense."""
    orientation = slices[0].info.orientation
    if orientation is None:
        return None
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    normal = np.cross(row, column)
    sound = abs(np.linalg.norm(row) - 1) < 0.1 and abs(np.linalg.norm(column) - 1) < 0.1
    if not sound or not 0.9 < np.linalg.norm(normal) < 1.1:
        return None
    positions = [one.info.position for one in slices]
    if any(position is None or max(map(abs, position)) > 1e5 for position in positions):
        return None
    return np.asarray(np.array(positions, dtype=np.float64) @ normal)


def _unplaced(
    slices: Sequence[Slice], spacing: tuple[float, float, float], notes: tuple[str, ...] = ()
) -> Stack:
    said = "The slices do not say where they lie: they are in the order of their numbers."
    return Stack(tuple(slices), None, spacing, notes or (said,))


def _duplicates(count: int, kept: int) -> tuple[str, ...]:
    if count == kept:
        return ()
    if count % kept == 0:
        return (f"There are {count // kept} slices in each place: the first of each is used.",)
    return (f"{count - kept} slices lie where another one does: the first of each is used.",)


def _gaps(places: NDArray[np.float64], step: float | None) -> tuple[tuple[str, ...], float]:
    """What is to be said of missing slices, and the distance of neighbours."""
    distances = np.diff(places)
    if distances.size == 0:
        return (), step or 1.0
    usual = float(np.median(distances))
    gaps = int((distances > GAP * usual).sum())
    if gaps == 0:
        return (), float(distances.mean())
    missing = int(np.rint(distances[distances > GAP * usual] / usual - 1).sum())
    said = f"About {missing} slices are missing, in {gaps} gaps: proportions are not true there."
    return (said,), usual


def _affine(info: FrameInfo, spacing: tuple[float, float, float]) -> NDArray[np.float64]:
    assert info.orientation is not None and info.position is not None  # asked by the caller
    row, column = np.array(info.orientation[:3]), np.array(info.orientation[3:])
    step, between_rows, between_columns = spacing
    affine = np.eye(4)
    affine[:3, 0] = row * between_columns
    affine[:3, 1] = column * between_rows
    affine[:3, 2] = np.cross(row, column) * step
    affine[:3, 3] = info.position
    affine[:2] *= -1  # DICOM counts towards left and back, NIfTI towards right and front
    return affine


def _decode(slices: Sequence[Slice]) -> tuple[np.ndarray, float]:
    """Stored values (N, H, W) of grey slices, luma of colour ones; and the mean colourfulness."""
    wanted: dict[int, dict[int, int]] = {}
    for place, one in enumerate(slices):
        wanted.setdefault(id(one.image), {})[one.index] = place
    images = {id(one.image): one.image for one in slices}
    stack: np.ndarray | None = None
    colourfulness = 0.0
    for name, image in images.items():
        for index, frame in enumerate(stored_frames(image)):
            if index not in wanted[name]:
                continue
            if frame.ndim == 3:
                frame, spread = to_grey(frame)
                colourfulness += spread / len(slices)
            if stack is None:
                stack = np.zeros((len(slices), *frame.shape), frame.dtype)
            elif frame.dtype != stack.dtype:
                # One series of several depths: rare, and the wider type holds both.
                stack = stack.astype(np.promote_types(stack.dtype, frame.dtype), copy=False)
            stack[wanted[name][index]] = frame
    if stack is None:
        raise DicomError("A DICOM file must hold an image, but none was found. Export it again.")
    return stack, min(1.0, colourfulness)


def _shown(
    slices: Sequence[Slice], values: np.ndarray
) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    first = slices[0]
    if not first.image.grey:
        return values, ()
    inverted = first.image.photometric == "MONOCHROME1"
    window, notes = common_window([one.info.window for one in slices])
    scales = {(one.info.slope, one.info.intercept) for one in slices}
    if len(scales) == 1:
        return display(values, *scales.pop(), window, inverted), notes
    if window is not None:
        shown = np.empty(values.shape, np.uint8)
        for place, one in enumerate(slices):
            scale = one.info.slope, one.info.intercept
            shown[place] = display(values[place], *scale, window, inverted)
        return shown, notes
    # Their common range needs all of them at once.
    scaled = np.empty(values.shape, np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        for place, one in enumerate(slices):
            scaled[place] = values[place] * one.info.slope + one.info.intercept
    return display(scaled, 1.0, 0.0, None, inverted), notes
