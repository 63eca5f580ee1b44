"""The sample scans that the app offers, one of each class."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from brain_tumor import CLASSES
from brain_tumor.drawing.encode import to_png
from brain_tumor.imaging.decode import decode_file

ASSETS: Final = Path(__file__).resolve().parents[2] / "assets"
THUMBNAIL: Final = 224


@dataclass(frozen=True, slots=True)
class Sample:
    """A scan that the model has not learned from, and the class it is filed under in the set."""

    label: str
    path: Path


def samples(folder: Path = ASSETS) -> tuple[Sample, ...]:
    """Return the samples that are there, in the order of the classes."""
    offered = (Sample(label, folder / f"sample-{label}.jpg") for label in CLASSES)
    return tuple(sample for sample in offered if sample.path.is_file())


@lru_cache(maxsize=len(CLASSES))
def thumbnail(sample: Sample) -> bytes:
    """Return a sample as the app reads it, in grey, as a small PNG."""
    pixels = np.asarray(decode_file(sample.path).pixels)
    small = cv2.resize(pixels, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    return to_png(np.repeat(np.asarray(small, np.uint8)[..., None], 3, axis=-1))
