"""Find the head in a scan and cut it out by its extreme points.

The method is the one of Rosebrock ("Finding extreme points in contours with OpenCV", 2016) that
the Kaggle studies use: blur, threshold, erode, dilate, largest outer contour, its four extreme
points. Their fixed threshold of 45 loses dark scans and takes a bright background for the head, so
here the threshold is relative: the background's level is read at the frame's rim, and the head is
what differs from it by a fixed share of the scan's own contrast.
"""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

WORKING_SIDE: Final = 256
"""Longest side, in pixels, of the copy on which the contour is sought: kernels then mean the same
at every image size, and a large image costs no more than a small one."""

CONTRAST_SHARE: Final = 0.15
"""A pixel belongs to the head if it differs from the background by this share of the contrast."""

MIN_CONTRAST: Final = 8.0
"""Grey levels between background and bright tissue below which nothing stands out."""

MIN_HEAD_SHARE: Final = 0.05
"""Smallest share of the frame that a contour must cover to be taken for a head."""

_RIM: Final = 4  # pixels of the working copy that count as the frame's rim


@dataclass(frozen=True, slots=True)
class CropBox:
    """A rectangle in pixels of the decoded scan: columns x0..x1 and rows y0..y1, ends excluded."""

    x0: int
    y0: int
    x1: int
    y1: int

    def __post_init__(self) -> None:
        if not (0 <= self.x0 < self.x1 and 0 <= self.y0 < self.y1):
            raise ValueError(
                f"A crop box needs 0 <= x0 < x1 and 0 <= y0 < y1. Received: {self.as_tuple()}"
            )

    @property
    def width(self) -> int:
        """Columns in the box."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Rows in the box."""
        return self.y1 - self.y0

    def as_tuple(self) -> tuple[int, int, int, int]:
        """Return ``(x0, y0, x1, y1)``."""
        return self.x0, self.y0, self.x1, self.y1


@dataclass(frozen=True, slots=True)
class ExtremePoints:
    """The contour's outermost points as ``(x, y)`` pixels of the decoded scan."""

    top: tuple[int, int]
    bottom: tuple[int, int]
    left: tuple[int, int]
    right: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Crop:
    """Where the head is.

    ``box`` is the whole image where ``found`` is false; ``points`` and ``mask`` are then None and
    ``note`` says why. A box that a person has set counts as found, and has no points. ``mask`` is
    uint8 (H, W) of the scan's size, 255 inside the head's outer contour and 0 outside.
    """

    box: CropBox
    points: ExtremePoints | None
    mask: NDArray[np.uint8] | None
    found: bool
    note: str


def whole_image(height: int, width: int, note: str) -> Crop:
    """Return the crop that keeps everything, with the reason in ``note``."""
    return Crop(CropBox(0, 0, width, height), points=None, mask=None, found=False, note=note)


def moved_to(crop: Crop, box: CropBox) -> Crop:
    """Return the crop with the box that a person has set; the head's contour stays, for the eye."""
    if box == crop.box:
        return crop
    return replace(crop, box=box, points=None, found=True, note="")


def find_crop(pixels: NDArray[np.uint8]) -> Crop:
    """Find the head in a grey scan.

    Args:
        pixels: uint8 (H, W), 0..255.

    Returns:
        The crop; where no head stands out, the whole image with ``found`` false.

    Raises:
        ValueError: ``pixels`` is not a uint8 image of two dimensions.
    """
    if pixels.ndim != 2 or pixels.dtype != np.uint8:
        raise ValueError(f"A scan is a uint8 array (H, W). Received: {pixels.dtype} {pixels.shape}")
    height, width = pixels.shape
    working = working_copy(pixels)
    foreground = head_foreground(working)
    if foreground is None:
        return whole_image(height, width, "The scan has too little contrast to find a head in it.")
    contours, _ = cv2.findContours(foreground, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=cv2.contourArea, default=None)
    if contour is None or cv2.contourArea(contour) < MIN_HEAD_SHARE * working.size:
        return whole_image(height, width, "No head stands out from the background.")
    return _to_scan(np.asarray(contour), working.shape, (height, width))


def head_foreground(working: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Separate what differs from the background.

    Args:
        working: uint8 (h, w), the scan with its longest side at ``WORKING_SIDE``.

    Returns:
        uint8 (h, w) with 255 for foreground after erosion and dilation, or None where the scan has
        less contrast than ``MIN_CONTRAST``.
    """
    blurred = cv2.GaussianBlur(working, (5, 5), 0)
    rim = np.concatenate(
        [
            blurred[:_RIM].ravel(),
            blurred[-_RIM:].ravel(),
            blurred[:, :_RIM].ravel(),
            blurred[:, -_RIM:].ravel(),
        ]
    )
    dark, low, bright = np.percentile(blurred, [1, 10, 99])
    background = float(np.median(rim))
    if background > (dark + bright) / 2:
        # A bright background (an inverted scan, a white page): the head is what is darker.
        difference = background - blurred.astype(np.float32)
    else:
        # The head may touch the rim on most sides; the darkest tenth is then the better reading.
        difference = blurred.astype(np.float32) - min(background, float(low))
    contrast = float(np.percentile(difference, 99))
    if contrast < MIN_CONTRAST:
        return None
    mask = (difference > CONTRAST_SHARE * contrast).astype(np.uint8) * 255
    kernel = np.ones((3, 3), np.uint8)
    eroded = cv2.erode(mask, kernel, iterations=2)
    return np.asarray(cv2.dilate(eroded, kernel, iterations=2), dtype=np.uint8)


def working_copy(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a uint8 (H, W) image with its longest side brought to ``WORKING_SIDE``."""
    height, width = pixels.shape
    scale = WORKING_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=method), dtype=np.uint8)


def _to_scan(contour: NDArray[np.int32], small: tuple[int, ...], full: tuple[int, int]) -> Crop:
    """Bring a contour of the working copy to the scan's pixels."""
    height, width = full
    scale = np.array([width / small[1], height / small[0]])
    outline = contour[:, 0, :]
    # Pixel i of the copy covers i..i+1, so its far edge is what bounds the box on the right.
    x0, y0 = np.floor(outline.min(axis=0) * scale).astype(int)
    x1, y1 = np.ceil((outline.max(axis=0) + 1) * scale).astype(int)
    box = CropBox(int(x0), int(y0), min(int(x1), width), min(int(y1), height))
    filled = np.zeros(small, np.uint8)
    cv2.drawContours(filled, [contour], -1, 255, thickness=cv2.FILLED)
    mask = cv2.resize(filled, (width, height), interpolation=cv2.INTER_NEAREST)

    def point(index: np.intp) -> tuple[int, int]:
        x, y = (outline[index] + 0.5) * scale
        return min(int(x), width - 1), min(int(y), height - 1)

    points = ExtremePoints(
        top=point(outline[:, 1].argmin()),
        bottom=point(outline[:, 1].argmax()),
        left=point(outline[:, 0].argmin()),
        right=point(outline[:, 0].argmax()),
    )
    return Crop(box, points, np.asarray(mask, dtype=np.uint8), found=True, note="")
