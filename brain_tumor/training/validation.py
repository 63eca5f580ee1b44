"""What the validation images say of a network: accuracy, likelihood, and where its heat lies."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brain_tumor import CLASSES
from brain_tumor.evaluation.localisation import heat_inside, pointing_hit, tolerance_at
from brain_tumor.imaging.crop import CropBox
from brain_tumor.imaging.heatmap import CellGrid, draw_on_scan
from brain_tumor.model.calibration import log_softmax
from brain_tumor.training.arrays import Arrays
from brain_tumor.training.mistakes import Mistake, worst_mistakes


@dataclass(frozen=True, slots=True)
class Validation:
    """Results on validation images.

    ``pointing`` and ``inside`` are over correctly classified images with an outline (None where
    there are none): share whose peak lies in the outline, mean share of heat inside it.
    ``confusion`` counts true class by row, predicted class by column.
    """

    accuracy: float
    loss: float
    pointing: float | None
    inside: float | None
    confusion: tuple[tuple[int, ...], ...]
    mistakes: tuple[str, ...]

    @property
    def score(self) -> float:
        """What the best epoch is chosen by: accuracy, then pointing, then likelihood.

        One more image right in 560 (0.0018) weighs as much as 1.8 points of pointing game.
        """
        return self.accuracy + 0.1 * (self.pointing or 0.0) - 0.01 * self.loss


def validate(
    model: Any, arrays: Arrays, grid: CellGrid, batch_size: int
) -> tuple[Validation, tuple[Mistake, ...]]:
    """Run the validation images through a ``TrainingModel`` without augmentation.

    Returns:
        The results, and the worst mistakes.
    """
    inputs = {
        "image": arrays.images[..., np.newaxis],
        "outline": np.zeros((*arrays.images.shape, 1), np.uint8),
    }
    outputs = model.predict(inputs, batch_size=batch_size, verbose=0)
    logits, maps = (np.asarray(outputs[name]) for name in ("logits", "maps"))
    return judge(logits, maps, arrays, grid), worst_mistakes(logits, maps, arrays, grid)


def judge(
    logits: NDArray[np.float32], maps: NDArray[np.float32], arrays: Arrays, grid: CellGrid
) -> Validation:
    """Compare logits (N, 4) and class activation maps (N, h, w, 4) with the truth."""
    if not np.isfinite(logits).all():
        # A diverged network has no answer; every number below would be an invention.
        nan = float("nan")
        return Validation(nan, nan, None, None, (), ())
    labels = arrays.labels
    predicted = logits.argmax(axis=1)
    right = predicted == labels
    loss = -log_softmax(logits)[np.arange(len(labels)), labels].mean()
    confusion = np.zeros((len(CLASSES), len(CLASSES)), int)
    np.add.at(confusion, (labels, predicted), 1)
    rows = np.flatnonzero(right & arrays.has_outline)
    pointing, inside = _localise(maps, rows, arrays, grid)
    return Validation(
        accuracy=float(right.mean()),
        loss=float(loss),
        pointing=pointing,
        inside=inside,
        confusion=tuple(tuple(int(n) for n in row) for row in confusion),
        mistakes=tuple(arrays.names[i] for i in np.flatnonzero(~right)),
    )


def _localise(
    maps: NDArray[np.float32], rows: NDArray[np.intp], arrays: Arrays, grid: CellGrid
) -> tuple[float | None, float | None]:
    if not rows.size:
        return None, None
    side = grid.side
    whole = CropBox(0, 0, side, side)
    hits, shares = [], []
    for i in rows:
        heat = draw_on_scan(maps[i, :, :, arrays.labels[i]], grid, whole, side, side)
        outline = arrays.outlines[i] > 0
        hits.append(pointing_hit(heat, outline, tolerance_at(side, side)))
        shares.append(heat_inside(heat, outline))
    return float(np.mean(hits)), float(np.mean(shares))
