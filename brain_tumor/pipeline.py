"""The one path from a file to an answer: decode, crop, preprocess, predict, explain.

The app, the command line and the evaluation all go through ``Classifier``. Serving imports neither
TensorFlow nor Keras unless the Keras engine is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor import CLASSES
from brain_tumor.imaging.crop import Crop, find_crop
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.heatmap import draw_on_scan
from brain_tumor.imaging.preprocess import standardise, to_network_input
from brain_tumor.imaging.quality import objections
from brain_tumor.model.bundle import Bundle, BundleInfo, open_bundle
from brain_tumor.model.calibration import softmax
from brain_tumor.model.engine import Engine, load_engine

BATCH: Final = 8
"""Images a forward pass: more gains little on a CPU and costs memory."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the network says of one scan.

    Attributes:
        crop: the part of the scan that the network saw, and how it was found.
        logits: float32 (4,), in the order of ``CLASSES``.
        probabilities: float32 (4,), calibrated, adding up to 1.
        maps: float32 (h, w, 4), class activation maps on the network's cells.
        features: float32 (K,), pooled features.
        accepted: whether nothing speaks against trusting the answer.
        reasons: what does, as sentences.
    """

    crop: Crop
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    maps: NDArray[np.float32]
    features: NDArray[np.float32]
    accepted: bool
    reasons: tuple[str, ...]

    @property
    def label(self) -> str:
        """The most probable class."""
        return CLASSES[int(self.probabilities.argmax())]

    @property
    def confidence(self) -> float:
        """The calibrated probability of ``label``, 0..1."""
        return float(self.probabilities.max())


class Classifier:
    """A bundle in an engine. Safe to share between threads; holds nothing of any scan."""

    def __init__(self, bundle: Bundle, engine: Engine) -> None:
        self.bundle = bundle
        self.engine = engine

    @property
    def info(self) -> BundleInfo:
        """The bundle's record."""
        return self.bundle.info

    def classify(self, scan: Scan, crop: Crop | None = None) -> Answer:
        """Answer for one decoded scan; ``crop`` overrides the one that would be found."""
        return self.classify_many([scan], None if crop is None else [crop])[0]

    def classify_many(
        self, scans: Sequence[Scan], crops: Sequence[Crop] | None = None
    ) -> list[Answer]:
        """Answer for several decoded scans, in batches, in order."""
        found = [find_crop(scan.pixels) for scan in scans] if crops is None else list(crops)
        answers: list[Answer] = []
        for start in range(0, len(scans), BATCH):
            batch = slice(start, start + BATCH)
            answers += self._classify_batch(scans[batch], found[batch])
        return answers

    def _classify_batch(self, scans: Sequence[Scan], crops: Sequence[Crop]) -> list[Answer]:
        side = self.info.grid.side
        squares = np.stack(
            [
                standardise(scan.pixels, crop.box, side)
                for scan, crop in zip(scans, crops, strict=True)
            ]
        )
        raw = self.engine.infer(to_network_input(squares))
        probabilities = softmax(raw.logits, self.info.temperature).astype(np.float32)
        answers = []
        for i, (scan, crop) in enumerate(zip(scans, crops, strict=True)):
            reasons = objections(scan, crop)
            answers.append(
                Answer(
                    crop=crop,
                    logits=raw.logits[i],
                    probabilities=probabilities[i],
                    maps=raw.maps[i],
                    features=raw.features[i],
                    accepted=not reasons,
                    reasons=reasons,
                )
            )
        return answers

    def explain(self, scan: Scan, answer: Answer, label: str | None = None) -> NDArray[np.float32]:
        """Return the Grad-CAM of a class (by default the predicted one) on the scan.

        Returns:
            float32 (H, W) of the scan's size, 0..1; 0 outside the crop.
        """
        index = CLASSES.index(label or answer.label)
        return draw_on_scan(
            answer.maps[:, :, index], self.info.grid, answer.crop.box, scan.height, scan.width
        )


def load_classifier(folder: Path | None = None, engine: str = "auto") -> Classifier:
    """Load the shipped bundle, or the one in ``folder``, into an engine.

    Raises:
        WeightsError: there are no usable weights.
        EngineError: the engine cannot run here.
    """
    bundle = open_bundle(folder)
    return Classifier(bundle, load_engine(bundle, engine))
