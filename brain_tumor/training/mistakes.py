"""The validation images that a network is most sure of and wrong about, with what it looked at."""

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor import CLASSES
from brain_tumor.drawing.overlay import overlay_picture
from brain_tumor.imaging.crop import CropBox
from brain_tumor.imaging.heatmap import CellGrid, draw_on_scan
from brain_tumor.model.calibration import softmax
from brain_tumor.training.arrays import Arrays

SHOWN: Final = 12
"""How many mistakes are pictured."""

PICTURE_SIDE: Final = 160
"""Longest side of a picture in pixels."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One image, named as another class than its own.

    Attributes:
        name: the item's name.
        label: its class.
        predicted: the class that the network names.
        probability: of that class, 0..1, without a temperature.
        png: the crop under the Grad-CAM of the predicted class.
    """

    name: str
    label: str
    predicted: str
    probability: float
    png: bytes

    def record(self) -> dict[str, Any]:
        """Return what is said of it beside the picture, JSON-ready."""
        words = {"name": self.name, "label": self.label, "predicted": self.predicted}
        return {**words, "probability": self.probability}


def worst_mistakes(
    logits: NDArray[np.float32],
    maps: NDArray[np.float32],
    arrays: Arrays,
    grid: CellGrid,
    limit: int = SHOWN,
) -> tuple[Mistake, ...]:
    """Return the mistakes that the network is surest of, the surest first.

    Args:
        logits: (N, 4) of the images; none are returned where one is not finite.
        maps: (N, h, w, 4), class activation maps.
        arrays: the N images and their labels.
        grid: where the maps' cells lie.
        limit: most mistakes to return.
    """
    if not np.isfinite(logits).all():
        return ()
    probabilities = softmax(logits)
    predicted = logits.argmax(axis=1)
    wrong = np.flatnonzero(predicted != arrays.labels)
    surest = wrong[np.argsort(-probabilities[wrong, predicted[wrong]], kind="stable")][:limit]
    return tuple(
        Mistake(
            name=arrays.names[row],
            label=CLASSES[arrays.labels[row]],
            predicted=CLASSES[predicted[row]],
            probability=float(probabilities[row, predicted[row]]),
            png=_picture(arrays.images[row], maps[row, :, :, predicted[row]], grid),
        )
        for row in surest
    )


def _picture(square: NDArray[np.uint8], class_map: NDArray[np.float32], grid: CellGrid) -> bytes:
    side = grid.side
    heat = draw_on_scan(class_map, grid, CropBox(0, 0, side, side), side, side)
    picture = overlay_picture(square, heat)
    if side > PICTURE_SIDE:
        size = (PICTURE_SIDE, PICTURE_SIDE)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    encoded, data = cv2.imencode(".png", picture[:, :, ::-1])
    assert encoded
    return data.tobytes()
