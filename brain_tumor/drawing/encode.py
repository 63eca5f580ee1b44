"""Pictures as bytes: quickly, for a slider waits for them."""

from typing import Final

import cv2

from brain_tumor.drawing.overlay import Colour

JPEG_QUALITY: Final = 98
"""For display only. With the colours at full resolution (4:4:4), a scan's greys come back within
3 of 256 steps, 99.9 % of them within 1; encoding takes a tenth of a PNG's time and half its bytes.
"""


def to_jpeg(picture: Colour) -> bytes:
    """Encode uint8 (H, W, 3), RGB, for display: what is kept or measured is a PNG.

    Raises:
        ValueError: it is no picture.
    """
    full = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, full]
    return _encoded(".jpg", picture, options)


def to_png(picture: Colour) -> bytes:
    """Encode uint8 (H, W, 3), RGB, without loss.

    One filter for all rows: trying each on each row takes twice the time for the same size.

    Raises:
        ValueError: it is no picture.
    """
    options = [cv2.IMWRITE_PNG_COMPRESSION, 2, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]
    return _encoded(".png", picture, options)


def _encoded(extension: str, picture: Colour, options: list[int]) -> bytes:
    if picture.dtype != "uint8" or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise ValueError(f"A picture is uint8 (H, W, 3). Received: {picture.dtype} {picture.shape}")
    done, data = cv2.imencode(extension, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise ValueError(f"A picture of this size cannot be encoded: {picture.shape}")
    return bytes(data)
