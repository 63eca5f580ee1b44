"""Outlines that a scan takes over from its copy, and copies whose labels contradict each other.

The public set holds many slices twice, the second time mirrored and without an outline. The copy's
tumour is the mirrored outline's, so it need not be drawn again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor.data.dataset import Item
from brain_tumor.data.duplicates import NEAR_DUPLICATE_COSINE, Floats, nearest, similar_pairs
from brain_tumor.errors import DatasetError

CONTRADICTION_COSINE: Final = 0.999
"""Two images above it are one slice: neighbouring slices of a patient stay below."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A mask file, and how it lies on the scan that it is used for.

    ``orientation`` indexes ``duplicates.ORIENTATIONS``: as it is, mirrored left-right, flipped
    top-bottom, or turned by 180 degrees.
    """

    path: Path
    orientation: int = 0

    def read(self, height: int, width: int) -> NDArray[np.uint8]:
        """Return the mask at a scan's size: uint8 (H, W), 0 or 255.

        Raises:
            DatasetError: the file is not a readable image.
        """
        mask = cv2.imread(str(self.path), cv2.IMREAD_GRAYSCALE)
        if mask is None:
            raise DatasetError(
                f"A tumour mask must be a readable image. Received: {self.path}. Replace it or "
                "remove it."
            )
        binary = orient((mask > 0).astype(np.uint8) * 255, self.orientation)
        resized = cv2.resize(binary, (width, height), interpolation=cv2.INTER_NEAREST)
        return np.asarray(resized, dtype=np.uint8)


def orient(image: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Return a (H, W) image in one of ``duplicates.ORIENTATIONS``, by index."""
    rows = slice(None, None, -1 if orientation in (2, 3) else 1)
    columns = slice(None, None, -1 if orientation in (1, 3) else 1)
    return np.ascontiguousarray(image[rows, columns])


def own_outlines(items: Sequence[Item]) -> dict[str, Outline]:
    """Return the outlines that come with the images, by item name."""
    return {item.name: Outline(item.mask) for item in items if item.mask is not None}


def borrowed_outlines(items: Sequence[Item], signatures: Floats) -> dict[str, Outline]:
    """Return outlines for items without one that are copies of an item of their class with one.

    Args:
        items: the images.
        signatures: float32 (N, 1024), theirs, from ``duplicates.read_prints``.

    Returns:
        An outline by item name, turned as the copy is turned.
    """
    found: dict[str, Outline] = {}
    for label in {item.label for item in items}:
        lacking = [i for i, x in enumerate(items) if x.label == label and x.mask is None]
        lending = [i for i, x in enumerate(items) if x.label == label and x.mask is not None]
        twins = nearest(signatures[lacking], signatures[lending])
        for row, item in enumerate(items[i] for i in lacking):
            if twins.cosine[row] > NEAR_DUPLICATE_COSINE:
                mask = items[lending[twins.index[row]]].mask
                assert mask is not None
                found[item.name] = Outline(mask, int(twins.orientation[row]))
    return found


def contradictions(items: Sequence[Item], signatures: Floats) -> Mapping[str, str]:
    """Return the items that have a copy with another label: the item's name and the copy's."""
    pairs = similar_pairs(signatures, CONTRADICTION_COSINE).index
    found: dict[str, str] = {}
    for first, second in ((items[a], items[b]) for a, b in pairs):
        if first.label != second.label:
            found.setdefault(first.name, second.name)
            found.setdefault(second.name, first.name)
    return found
