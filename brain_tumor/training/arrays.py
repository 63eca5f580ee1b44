"""The data set in memory: cropped, standardised images with their outlines, as uint8."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor.data.dataset import Item, load_scans
from brain_tumor.errors import DatasetError, DecodeError
from brain_tumor.imaging.crop import CropBox, find_crop
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.preprocess import standardise
from brain_tumor.training.outlines import Outline, own_outlines


@dataclass(frozen=True, slots=True)
class Arrays:
    """Images that the network reads, row by row.

    Attributes:
        images: uint8 (N, side, side), standardised crops.
        outlines: uint8 (N, side, side), 255 inside the tumour's outline; all 0 where none is known.
        labels: int32 (N,), index in ``CLASSES``.
        names: the items' names.
        skipped: (name, reason) of files that could not be read.
    """

    images: NDArray[np.uint8]
    outlines: NDArray[np.uint8]
    labels: NDArray[np.int32]
    names: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def has_outline(self) -> NDArray[np.bool_]:
        """Which rows have an outline, bool (N,)."""
        return np.asarray(self.outlines.any(axis=(1, 2)))


def load_arrays(
    items: Sequence[Item],
    side: int,
    outlines: Mapping[str, Outline] | None = None,
    progress: Callable[[], object] | None = None,
) -> Arrays:
    """Decode, crop and standardise every item; unreadable ones are left out and listed.

    Args:
        items: the images.
        side: height and width in pixels to which the crops are squeezed.
        outlines: the tumour outlines, by item name (by default the items' own masks).
        progress: called after each file.

    Raises:
        DatasetError: none of the items can be read.
    """
    outlines = own_outlines(items) if outlines is None else outlines
    images = np.zeros((len(items), side, side), np.uint8)
    drawn = np.zeros_like(images)
    kept: list[Item] = []
    skipped: list[tuple[str, str]] = []
    for item, scan in load_scans(items, progress=progress):
        if isinstance(scan, DecodeError):
            skipped.append((item.name, str(scan)))
            continue
        row = len(kept)
        box = find_crop(scan.pixels).box
        images[row] = standardise(scan.pixels, box, side)
        if item.name in outlines:
            drawn[row] = draw_outline(outlines[item.name], scan, box, side)
        kept.append(item)
    if not kept:
        raise DatasetError(
            f"At least one image must be readable. Received {len(items)} files, none of them "
            "readable. Run `python -m brain_tumor audit` on the folder to see why."
        )
    return Arrays(
        images=images[: len(kept)],
        outlines=drawn[: len(kept)],
        labels=np.array([item.label for item in kept], np.int32),
        names=tuple(item.name for item in kept),
        skipped=tuple(skipped),
    )


def draw_outline(outline: Outline, scan: Scan, box: CropBox, side: int) -> NDArray[np.uint8]:
    """Return a tumour mask cut and squeezed as its image is: uint8 (side, side), 0 or 255."""
    part = outline.read(scan.height, scan.width)[box.y0 : box.y1, box.x0 : box.x1]
    small = cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA)
    return np.where(np.asarray(small) > 127, 255, 0).astype(np.uint8)
