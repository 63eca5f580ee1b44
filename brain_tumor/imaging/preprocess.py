"""From a crop to what the network reads: one path for training, evaluation and serving."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor.imaging.crop import CropBox

INPUT_SIDE: Final = 224
"""Height and width of the network's input in pixels."""

PREPROCESS_VERSION: Final = "1"
"""Changes whenever the pixels that the network sees change; weights name the version they need."""

WINDOW: Final = (0.5, 99.5)
"""Percentiles of the crop that become black and white."""


def standardise(
    pixels: NDArray[np.uint8], box: CropBox, side: int = INPUT_SIDE
) -> NDArray[np.uint8]:
    """Cut the box out, squeeze it to a square and stretch its contrast.

    The aspect ratio is not kept: much of the training set has lost it already, and a head squeezed
    to the full square leaves no border from which a network could read the source.

    Args:
        pixels: uint8 (H, W), 0..255.
        box: the part to keep, in pixels of ``pixels``.
        side: height and width of the result.

    Returns:
        uint8 (side, side): the 0.5th percentile is black, the 99.5th white.
    """
    part = pixels[box.y0 : box.y1, box.x0 : box.x1]
    shrinking = box.width > side or box.height > side
    method = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
    square = np.asarray(cv2.resize(part, (side, side), interpolation=method), dtype=np.uint8)
    return stretch_contrast(square)


def stretch_contrast(square: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Map the ``WINDOW`` percentiles of an image linearly to 0 and 255, clipping beyond.

    A constant image comes back as it is.
    """
    low, high = np.percentile(square, WINDOW)
    if high <= low:
        return square
    table = (np.arange(256, dtype=np.float32) - low) * (255.0 / (high - low))
    return np.asarray(cv2.LUT(square, np.clip(np.rint(table), 0, 255).astype(np.uint8)))


def to_network_input(squares: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Bring standardised images to the range and shape that the network reads.

    Args:
        squares: uint8 (N, side, side), 0..255.

    Returns:
        float32 (N, side, side, 3), -1..1, three equal channels (``ResNet V2`` scaling).
    """
    if squares.ndim != 3 or squares.dtype != np.uint8:
        raise ValueError(
            "Standardised images are a uint8 array (N, side, side). "
            f"Received: {squares.dtype} {squares.shape}"
        )
    scaled = squares.astype(np.float32) / np.float32(127.5) - np.float32(1.0)
    return np.repeat(scaled[..., np.newaxis], 3, axis=-1)
