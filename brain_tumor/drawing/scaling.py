"""A scan and its crop at the size of a picture."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor.imaging.crop import CropBox

Grey = NDArray[np.uint8]
"""uint8 (H, W)."""

_SMOOTHING: Final = 3.0
"""Standard deviation in pixels of the picture."""


def resize(pixels: Grey, width: int, height: int) -> Grey:
    """Resize uint8 (H, W): by area where it shrinks, by cubic interpolation where it grows."""
    shrinking = width < pixels.shape[1] or height < pixels.shape[0]
    method = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=method), dtype=np.uint8)


def scaled_size(width: int, height: int, longest: int) -> tuple[int, int]:
    """Return the (width, height) of the same shape, at least 1, whose longest side is given."""
    factor = longest / max(width, height)
    return max(1, round(width * factor)), max(1, round(height * factor))


def scaled_box(box: CropBox, x: float, y: float) -> CropBox:
    """Return a box in pixels that are ``x`` times as many across and ``y`` times as many down.

    Edges go to the nearest pixel; the box keeps at least one.
    """
    x0, y0 = int(box.x0 * x + 0.5), int(box.y0 * y + 0.5)
    return CropBox(x0, y0, max(int(box.x1 * x + 0.5), x0 + 1), max(int(box.y1 * y + 0.5), y0 + 1))


def smooth_mask(mask: Grey, width: int, height: int) -> Grey:
    """Resize a mask of 0 and 255 and round off its steps."""
    # The mask was enlarged from a small copy without interpolation: its steps are no anatomy.
    soft = cv2.GaussianBlur(resize(mask, width, height), (0, 0), _SMOOTHING)
    return np.where(soft > 127, 255, 0).astype(np.uint8)
