"""Small pictures with known answers, and ways to compare what was decoded with them."""

import numpy as np
from PIL import Image

from brain_tumor.imaging.decode import Scan, decode

RAMP = np.arange(40 * 48, dtype=np.uint32).reshape(40, 48) * 255 // (40 * 48 - 1)
"""Height 40, width 48, every level from 0 to 255, no symmetry."""
GREY = RAMP.astype(np.uint8)
COLOUR = np.stack([GREY, GREY[::-1], np.full_like(GREY, 90)], axis=-1)
LUMA = np.floor(COLOUR @ np.array([0.299, 0.587, 0.114]) + 0.5)  # ITU-R BT.601


def solid(mode: str, colour: object, size: tuple[int, int] = (40, 36)) -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


def level(data: bytes) -> int:
    """The one grey level of a picture of one colour."""
    low, high = int(decode(data).pixels.min()), int(decode(data).pixels.max())
    assert low == high
    return low


def distance(scan: Scan, expected: np.ndarray) -> int:
    assert scan.pixels.shape == expected.shape
    return int(np.abs(scan.pixels.astype(int) - expected.astype(int)).max())
