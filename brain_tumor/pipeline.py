"""The one path from a file to an answer: decode, crop, preprocess, predict, explain.

The app, the command line and the evaluation all go through ``Classifier``. Serving imports neither
TensorFlow nor Keras unless the Keras engine is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor import CLASSES
from brain_tumor.gate.evidence import Evidence
from brain_tumor.gate.facts import frame_facts
from brain_tumor.gate.familiarity import Familiarity, Verdict
from brain_tumor.gate.gate import Gate, open_gate
from brain_tumor.gate.lent import NOTE, LentGate, lend_gate
from brain_tumor.imaging.crop import Crop, find_crop
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.heatmap import CellGrid, draw_on_scan
from brain_tumor.imaging.preprocess import standardise, to_network_input
from brain_tumor.imaging.quality import objections
from brain_tumor.model.bundle import Bundle, BundleInfo, open_bundle
from brain_tumor.model.calibration import softmax
from brain_tumor.model.engine import Engine, RawOutput, load_engine

BATCH: Final = 8
"""Images a forward pass: more gains little on a CPU and costs memory."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an answer needs of a scan: a square, however large the scan was.

    Attributes:
        square: uint8 (side, side), the standardised crop.
        crop: the part of the scan that became the square.
        height: rows of the scan.
        width: columns of the scan.
        colourfulness: of the scan, 0..1.
        facts: float32 (F,), ``frame_facts`` of the whole scan, whichever crop was taken.
        objections: what speaks against the scan where there is no gate to ask, as sentences.
    """

    square: NDArray[np.uint8]
    crop: Crop
    height: int
    width: int
    colourfulness: float
    facts: NDArray[np.float32]
    objections: tuple[str, ...]

    def without_mask(self) -> "Prepared":
        """Return the same without the head's mask, which has the size of the scan."""
        return replace(self, crop=replace(self.crop, mask=None))


def prepare(scan: Scan, side: int, crop: Crop | None = None) -> Prepared:
    """Crop and standardise a scan; ``crop`` overrides the one that would be found."""
    crop = find_crop(scan.pixels) if crop is None else crop
    square = standardise(scan.pixels, crop.box, side)
    return Prepared(
        square=square,
        crop=crop,
        height=scan.height,
        width=scan.width,
        colourfulness=scan.colourfulness,
        facts=frame_facts(scan.pixels),
        objections=objections(scan, crop),
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the network says of one scan.

    Attributes:
        crop: the part of the scan that the network saw, and how it was found.
        logits: float32 (4,), in the order of ``CLASSES``.
        probabilities: float32 (4,), calibrated, adding up to 1.
        maps: float32 (h, w, 4), class activation maps.
        grid: where the maps' cells lie on the network's input.
        features: float32 (K,), pooled features.
        accepted: whether the picture is one that the network can know: nothing speaks against it.
        reasons: what does, as sentences.
        familiarity: the gate's score with its threshold; None where no gate ships with the
            weights, and ``reasons`` then come from colour and contrast alone.
    """

    crop: Crop
    logits: NDArray[np.float32]
    probabilities: NDArray[np.float32]
    maps: NDArray[np.float32]
    grid: CellGrid
    features: NDArray[np.float32]
    accepted: bool
    reasons: tuple[str, ...]
    familiarity: Familiarity | None = None

    def objected(self, objections: Sequence[str]) -> "Answer":
        """Return the answer, not accepted where there are objections from elsewhere."""
        if not objections:
            return self
        return replace(self, accepted=False, reasons=(*objections, *self.reasons))

    @property
    def label(self) -> str:
        """The most probable class."""
        return CLASSES[int(self.probabilities.argmax())]

    @property
    def confidence(self) -> float:
        """The calibrated probability of ``label``, 0..1."""
        return float(self.probabilities.max())


class Classifier:
    """A bundle in an engine. Safe to share between threads; holds nothing of any scan.

    Args:
        bundle: the weights' record.
        engine: what runs them.
        gate: what tells slices of a head from other pictures; None leaves it to colour and
            contrast.
        gate_note: why there is no gate, or whose it is, in a sentence; empty where it is the
            bundle's own.
    """

    def __init__(
        self,
        bundle: Bundle,
        engine: Engine,
        gate: Gate | LentGate | None = None,
        gate_note: str = "",
    ) -> None:
        self.bundle = bundle
        self.engine = engine
        self.gate = gate
        self.gate_note = gate_note

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
        side = self.info.grid.side
        given: Sequence[Crop | None] = [None] * len(scans) if crops is None else crops
        return self.answer(
            [prepare(scan, side, crop) for scan, crop in zip(scans, given, strict=True)]
        )

    def answer(self, prepared: Sequence[Prepared]) -> list[Answer]:
        """Answer for scans that ``prepare`` has seen, in batches, in order."""
        answers: list[Answer] = []
        for start in range(0, len(prepared), BATCH):
            answers += self._answer_batch(prepared[start : start + BATCH])
        return answers

    def _answer_batch(self, batch: Sequence[Prepared]) -> list[Answer]:
        raw = self.engine.infer(to_network_input(np.stack([one.square for one in batch])))
        probabilities = softmax(raw.logits, self.info.temperature).astype(np.float32)
        verdicts = self._verdicts(batch, raw)
        return [
            Answer(
                crop=one.crop,
                logits=raw.logits[i],
                probabilities=probabilities[i],
                maps=raw.maps[i],
                grid=self.info.grid,
                features=raw.features[i],
                accepted=not verdict.reasons,
                reasons=verdict.reasons,
                familiarity=verdict.familiarity,
            )
            for i, (one, verdict) in enumerate(zip(batch, verdicts, strict=True))
        ]

    def _verdicts(self, batch: Sequence[Prepared], raw: RawOutput) -> Sequence[Verdict]:
        if self.gate is None:
            return [Verdict(None, one.objections) for one in batch]
        return self.gate.judge(
            Evidence(
                facts=np.stack([one.facts for one in batch]),
                colourfulness=np.array([one.colourfulness for one in batch], np.float32),
                squares=np.stack([one.square for one in batch]),
                features=raw.features,
                logits=raw.logits,
            )
        )

    def explain(
        self, scan: Scan | Prepared, answer: Answer, label: str | None = None
    ) -> NDArray[np.float32]:
        """Return the Grad-CAM of a class (by default the predicted one) on the scan.

        Returns:
            float32 (H, W) of the scan's size, 0..1; 0 outside the crop.
        """
        index = CLASSES.index(label or answer.label)
        return draw_on_scan(
            answer.maps[:, :, index], answer.grid, answer.crop.box, scan.height, scan.width
        )


def load_classifier(
    folder: Path | None = None, engine: str = "auto", *, lend: bool = True
) -> Classifier:
    """Load the shipped bundle, or the one in ``folder``, into an engine.

    Args:
        folder: of the bundle.
        engine: its name.
        lend: whether weights without a gate are lent that of the shipped bundle, where it fits.

    Raises:
        WeightsError: there are no usable weights, or the gate that ships with them is damaged.
        EngineError: the engine cannot run here.
    """
    bundle = open_bundle(folder)
    loaded = load_engine(bundle, engine)
    own, note = open_gate(bundle)
    if own is not None:
        return Classifier(bundle, loaded, own)
    lent = lend_gate(bundle, engine) if lend else None
    return Classifier(bundle, loaded, lent, note if lent is None else NOTE)
