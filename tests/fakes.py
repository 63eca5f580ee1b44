"""A classifier without weights, and heads for which its answers are known."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from brain_tumor import CLASSES
from brain_tumor.imaging.heatmap import CellGrid
from brain_tumor.imaging.preprocess import PREPROCESS_VERSION
from brain_tumor.model.bundle import Bundle, BundleInfo
from brain_tumor.model.engine import RawOutput
from brain_tumor.pipeline import Classifier
from tests.data.pictures import pattern

GRID = CellGrid(side=224, offset=0.0, stride=32.0)

_CELLS = np.arange(7) * 32 < 112  # the first half of an axis
_QUADRANTS = np.stack(
    [np.outer(rows, columns) for rows in (_CELLS, ~_CELLS) for columns in (_CELLS, ~_CELLS)],
    axis=-1,
)


class QuadrantEngine:
    """Names the quadrant that holds the brightest spot; a class's map is its quadrant's light.

    Cell i of the maps is centred on pixel 32 i, as in the real network. Reading order: glioma top
    left, meningioma top right, notumor bottom left, pituitary bottom right.
    """

    name = "quadrants"

    def __init__(self) -> None:
        self.batches: list[int] = []

    def infer(self, inputs: npt.NDArray[np.float32]) -> RawOutput:
        self.batches.append(len(inputs))
        light = np.stack([cv2.blur(one[:, :, 0], (17, 17))[::32, ::32] for one in inputs])
        maps = ((light + 1) / 2)[..., np.newaxis] ** 4 * _QUADRANTS
        logits = 10 * maps.max(axis=(1, 2))
        features = maps.mean(axis=(1, 2))
        return RawOutput(*(part.astype(np.float32) for part in (logits, maps, features)))


def fake_classifier(
    folder: Path = Path(), validation: Sequence[str] = (), review_threshold: float = 0.5
) -> Classifier:
    """A bundle that exists as a record only, in a ``QuadrantEngine``."""
    info = BundleInfo(
        classes=CLASSES,
        backbone="ResNet152V2",
        grid=GRID,
        preprocess_version=PREPROCESS_VERSION,
        temperature=2.0,
        review_threshold=review_threshold,
        openvino_files=("none.xml",),
        keras_files=(),
        hashes={"none.xml": "0" * 64},
        data_hash="1" * 64,
        training={"validation_images": list(validation)},
    )
    return Classifier(Bundle(folder, info), QuadrantEngine())


def _spot(label: int, centre: float, distance: float) -> tuple[int, int]:
    x = centre + (distance if label % 2 else -distance)
    y = centre + (distance if label // 2 else -distance)
    return round(x), round(y)


def head(label: int, size: int = 256, seed: int | None = None) -> npt.NDArray[np.uint8]:
    """A grey disc on black with a bright spot in the quadrant of a class: uint8 (size, size).

    The disc is even, or where ``seed`` is given of a texture that no other seed has.
    """
    tissue = np.full((size, size), 90, np.uint8)
    if seed is not None:
        tissue = 40 + pattern(seed, size, size) // 3
    scan = np.zeros((size, size), np.uint8)
    cv2.circle(scan, (size // 2, size // 2), round(size * 0.4), 1, cv2.FILLED)
    scan *= tissue
    # The disc fills the crop, so this is pixel 64 or 160 of the network's input: cell 2 or 5.
    cv2.circle(scan, _spot(label, size / 2, size * 0.172), round(size * 0.04), 250, cv2.FILLED)
    return scan


def spot_mask(label: int, size: int = 256) -> npt.NDArray[np.uint8]:
    """The outline of a head's bright spot: uint8 (size, size), 0 or 255."""
    mask = np.zeros((size, size), np.uint8)
    cv2.circle(mask, _spot(label, size / 2, size * 0.172), round(size * 0.04), 255, cv2.FILLED)
    return mask
