"""Plain facts about a picture's frame: what stands out of it, how, and from what background.

They are read from the copy of at most ``WORKING_SIDE`` pixels on which the head is sought, so a
large scan costs no more than one resize. Colour is not among them: it is judged by itself, and a
photograph must be told from a scan without it.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor.imaging.crop import head_foreground, working_copy

FRAME_FACTS: Final = (
    "foreground",
    "head",
    "dominance",
    "solidity",
    "fill",
    "box_fill",
    "circularity",
    "elongation",
    "parts",
    "mirror",
    "flip",
    "rim_foreground",
    "rim_sides",
    "rim_level",
    "rim_spread",
    "background_level",
    "background_spread",
    "background_texture",
    "dark",
    "bright",
    "mode",
    "levels",
    "edges",
    "straight",
    "strokes",
)
"""Names of the facts, in the order of ``frame_facts``."""

_RIM: Final = 4  # pixels of the working copy that count as the frame's rim
_PART_SHARE: Final = 0.001  # of the frame: smaller contours are specks


def frame_facts(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Measure a grey picture.

    Args:
        pixels: uint8 (H, W), 0..255.

    Returns:
        float32 (len(FRAME_FACTS),), all finite, most of them shares in 0..1:

        - ``foreground``: share of the frame that differs from the background; ``head``: share
          within the largest contour; ``dominance``: that contour's part of all contours' area;
          ``parts``: logarithm of the number of contours.
        - ``solidity``: the contour's area as a share of its convex hull's; ``fill``: share of
          it that is foreground; ``box_fill``: its share of its bounding box; ``circularity``:
          4 pi area / perimeter² of the hull; ``elongation``: |log(width / height)| of the box.
        - ``mirror``, ``flip``: overlap (intersection over union) of the contour with itself,
          mirrored left-right and top-bottom within its box.
        - ``rim_foreground``: share of the frame's rim that the contour takes; ``rim_sides``: of
          the four sides, those of which it takes a tenth; ``rim_level``, ``rim_spread``: mean and
          standard deviation of the rim's grey.
        - ``background_level``, ``background_spread``, ``background_texture``: mean, standard
          deviation and mean absolute Laplacian of what is outside the contour (grey / 255).
        - ``dark``, ``bright``: share of pixels at most 8 and at least 247; ``mode``: share of
          the most common grey level; ``levels``: share of the 256 levels that occur.
        - ``edges``: share of pixels with a steep gradient; ``straight``: share of the gradient
          within 4 degrees of an axis; ``strokes``: share of pixels that a 3x3 opening or closing
          changes by a quarter of the contrast: thin lines, as letters are.
    """
    working = working_copy(pixels)
    foreground = head_foreground(working)
    if foreground is None:
        foreground = np.zeros_like(working)
    contour, areas = _largest_contour(foreground, working.size)
    mask = np.zeros_like(working)
    if contour is not None:
        cv2.drawContours(mask, [contour], -1, 1, cv2.FILLED)
    values = [
        float((foreground > 0).mean()),
        *_shape(contour, areas, mask, foreground),
        *_rim(working, mask),
        *_background(working, mask),
        *_levels(working),
        *_lines(working),
    ]
    return np.asarray(values, np.float32)


def _largest_contour(
    foreground: NDArray[np.uint8], size: int
) -> tuple[NDArray[np.int32] | None, list[float]]:
    contours, _ = cv2.findContours(foreground, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    sized = [(cv2.contourArea(one), one) for one in contours]
    kept = [(area, one) for area, one in sized if area > _PART_SHARE * size]
    if not kept:
        return None, []
    largest = max(kept, key=lambda pair: pair[0])[1]
    return np.asarray(largest, np.int32), [area for area, _ in kept]


def _shape(
    contour: NDArray[np.int32] | None,
    areas: list[float],
    mask: NDArray[np.uint8],
    foreground: NDArray[np.uint8],
) -> list[float]:
    if contour is None:
        return [0.0] * 10
    area = max(areas)
    hull = cv2.convexHull(contour)
    hull_area = max(cv2.contourArea(hull), 1.0)
    perimeter = max(cv2.arcLength(hull, closed=True), 1.0)
    x, y, width, height = cv2.boundingRect(contour)
    part = mask[y : y + height, x : x + width]
    inside = mask > 0
    return [
        area / mask.size,
        area / sum(areas),
        area / hull_area,
        float((foreground[inside] > 0).mean()),
        area / (width * height),
        float(4 * np.pi * hull_area / perimeter**2),
        abs(float(np.log(width / height))),
        float(np.log(len(areas))),
        _overlap(part, part[:, ::-1]),
        _overlap(part, part[::-1]),
    ]


def _overlap(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float((one & other).sum() / max(int((one | other).sum()), 1))


def _sides(image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    return [image[:_RIM], image[-_RIM:], image[:, :_RIM], image[:, -_RIM:]]


def _rim(working: NDArray[np.uint8], mask: NDArray[np.uint8]) -> list[float]:
    taken = [float(side.mean()) for side in _sides(mask)]
    rim = np.concatenate([side.ravel() for side in _sides(working)]) / 255.0
    sides = sum(share > 0.1 for share in taken) / 4
    return [float(np.mean(taken)), sides, float(rim.mean()), float(rim.std())]


def _background(working: NDArray[np.uint8], mask: NDArray[np.uint8]) -> list[float]:
    outside = mask == 0
    if not outside.any():
        return [0.0, 0.0, 0.0]
    grey = working[outside] / 255.0
    texture = np.abs(cv2.Laplacian(working, cv2.CV_32F))[outside] / 255.0
    return [float(grey.mean()), float(grey.std()), float(texture.mean())]


def _levels(working: NDArray[np.uint8]) -> list[float]:
    counts = np.bincount(working.ravel(), minlength=256) / working.size
    return [
        float(counts[:9].sum()),
        float(counts[247:].sum()),
        float(counts.max()),
        float((counts > 0).mean()),
    ]


def _lines(working: NDArray[np.uint8]) -> list[float]:
    low, high = np.percentile(working, [1, 99])
    contrast = max(float(high - low), 1.0)
    across = cv2.Sobel(working, cv2.CV_32F, 1, 0) / (4 * contrast)
    down = cv2.Sobel(working, cv2.CV_32F, 0, 1) / (4 * contrast)
    size = np.hypot(across, down)
    axial = np.minimum(np.abs(across), np.abs(down)) < np.tan(np.radians(4)) * np.maximum(
        np.abs(across), np.abs(down)
    )
    kernel = np.ones((3, 3), np.uint8)
    thin = np.maximum(
        cv2.morphologyEx(working, cv2.MORPH_TOPHAT, kernel),
        cv2.morphologyEx(working, cv2.MORPH_BLACKHAT, kernel),
    )
    return [
        float((size > 0.2).mean()),
        float(size[axial].sum() / max(float(size.sum()), 1e-6)),
        float((thin > contrast / 4).mean()),
    ]
