"""Does the answer hold on slightly altered copies of the scan?

Test-time augmentation, used to judge an answer instead of to average it (Ayhan and Berens,
"Test-time Data Augmentation for Estimation of Heteroscedastic Aleatoric Uncertainty in Deep Neural
Networks", 2018). The copies are what another person could have uploaded of the same slice: cropped
a little otherwise, mirrored, windowed otherwise. The answer itself is never changed.

A head upside down is not among them: no viewer shows one, the network was hardly trained on it, and
so a class that tips over with the head says nothing of the scan.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor import CLASSES
from brain_tumor.imaging.crop import CropBox
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.preprocess import standardise
from brain_tumor.pipeline import Answer, Classifier, Prepared, prepare
from brain_tumor.wording import CLASS_NAMES, percent

STABLE: Final = "stable"
WAVERING: Final = "wavering"
UNSTABLE: Final = "unstable"
WORDS: Final = (STABLE, WAVERING, UNSTABLE)
"""What ``Stability.word`` can be, from the best to the worst."""

MEANING: Final = (
    "A stable answer is not thereby a right one: it says that small changes of the picture do not "
    "tip the network. One that tips should be read with doubt, however high its probability."
)


@dataclass(frozen=True, slots=True)
class Alteration:
    """One small change of what the network is shown.

    Attributes:
        name: the change in plain words.
        edges: how far the crop's left, top, right and lower edge move, as shares of its width and
            height; positive is to the right and down.
        mirrored: swap left and right.
        gamma: exponent of the grey values 0..1; above 1 is darker.
        contrast: factor on the distance from middle grey.
    """

    name: str
    edges: tuple[float, float, float, float] = (0, 0, 0, 0)
    mirrored: bool = False
    gamma: float = 1
    contrast: float = 1


ALTERATIONS: Final = (
    Alteration("larger crop", edges=(-0.05, -0.05, 0.05, 0.05)),
    Alteration("smaller crop", edges=(0.05, 0.05, -0.05, -0.05)),
    Alteration("crop moved up and left", edges=(-0.08, -0.08, -0.08, -0.08)),
    Alteration("crop moved down and right", edges=(0.08, 0.08, 0.08, 0.08)),
    Alteration("mirrored", mirrored=True),
    Alteration("brighter", gamma=1 / 1.5),
    Alteration("darker", gamma=1.5),
    Alteration("less contrast", contrast=1 / 1.25),
)
"""As many as go through the network in one batch, each within what augmentation did in training."""


@dataclass(frozen=True, slots=True)
class Variant:
    """What the network says of one altered copy.

    Attributes:
        name: the change in plain words.
        probabilities: 4 calibrated probabilities in the order of ``CLASSES``.

    Raises:
        ValueError: the numbers are no probabilities.
    """

    name: str
    probabilities: tuple[float, ...]

    def __post_init__(self) -> None:
        values = self.probabilities
        if len(values) != len(CLASSES) or min(values) < 0 or not abs(sum(values) - 1) < 1e-3:
            raise ValueError(
                f"A copy has {len(CLASSES)} probabilities that add up to 1. Received: {values}"
            )

    @property
    def label(self) -> str:
        """The most probable class."""
        return CLASSES[self.probabilities.index(max(self.probabilities))]

    def probability(self, label: str) -> float:
        """Return the calibrated probability of a class, 0..1."""
        return self.probabilities[CLASSES.index(label)]


@dataclass(frozen=True, slots=True)
class Stability:
    """What became of an answer on slightly altered copies of its scan.

    Attributes:
        label: the class that the answer names.
        variants: the copies, at least 1.

    Raises:
        ValueError: an unknown class, or no copy.
    """

    label: str
    variants: tuple[Variant, ...]

    def __post_init__(self) -> None:
        if self.label not in CLASSES:
            raise ValueError(f"The class is one of {', '.join(CLASSES)}. Received: {self.label}")
        if not self.variants:
            raise ValueError("Stability needs 1 or more copies. Received: none")

    @property
    def copies(self) -> int:
        """How many copies were classified."""
        return len(self.variants)

    @property
    def agreeing(self) -> int:
        """On how many of them the class was the same."""
        return sum(one.label == self.label for one in self.variants)

    @property
    def lowest(self) -> float:
        """The lowest probability of the class among the copies, 0..1."""
        return min(one.probability(self.label) for one in self.variants)

    @property
    def highest(self) -> float:
        """The highest probability of the class among the copies, 0..1."""
        return max(one.probability(self.label) for one in self.variants)

    @property
    def flips(self) -> dict[str, tuple[str, ...]]:
        """The other classes that copies were given, and the names of those copies."""
        return {
            label: names
            for label in CLASSES
            if label != self.label
            and (names := tuple(one.name for one in self.variants if one.label == label))
        }

    @property
    def word(self) -> str:
        """``STABLE``: no copy tips into another class; ``WAVERING``: one does; ``UNSTABLE``: more.

        Only the class counts: a probability that falls and stays on top tips nothing.
        """
        return WORDS[min(self.copies - self.agreeing, len(WORDS) - 1)]

    @property
    def sentence(self) -> str:
        """The same in plain words."""
        share = "all" if self.agreeing == self.copies else f"{self.agreeing} of"
        low, high = percent(self.lowest), percent(self.highest)
        held = (
            f"{self.word.capitalize()}: on {share} {self.copies} slightly altered copies of the "
            "scan the network gave the same class; its probability lay "
            f"{f'at {low}' if low == high else f'between {low} and {high}'}."
        )
        flips = [
            f"{CLASS_NAMES[label]} ({', '.join(names)})" for label, names in self.flips.items()
        ]
        return f"{held} It changed to {' and '.join(flips)}." if flips else held

    def to_dict(self) -> dict[str, Any]:
        """Return plain types: the word, the numbers, and each copy."""
        return {
            "word": self.word,
            "copies": self.copies,
            "agreeing": self.agreeing,
            "lowest": self.lowest,
            "highest": self.highest,
            "variants": [
                {
                    "name": one.name,
                    "label": one.label,
                    "probabilities": dict(zip(CLASSES, one.probabilities, strict=True)),
                }
                for one in self.variants
            ],
        }


def measure_stability(classifier: Classifier, scan: Scan, answer: Answer) -> Stability:
    """Classify altered copies of a scan, in one batch, and compare them with its answer.

    Args:
        classifier: what gave the answer.
        scan: the scan.
        answer: its answer; the copies are made around its crop, which a person may have moved.
    """
    original = prepare(scan, classifier.info.grid.side, answer.crop)
    return stability_of(answer, classifier.answer(altered_copies(scan, original)))


def altered_copies(scan: Scan, original: Prepared) -> list[Prepared]:
    """Return what the network is shown of each of ``ALTERATIONS``, in their order.

    Args:
        scan: the scan.
        original: what the network was shown of it.
    """
    return [replace(original, square=_altered(scan, original, one)) for one in ALTERATIONS]


def stability_of(answer: Answer, answers: Sequence[Answer]) -> Stability:
    """Compare an answer with those for its ``altered_copies``, in their order."""
    return Stability(
        answer.label,
        tuple(
            # str gives the shortest digits that stand for the float32: 0.93, not 0.9300000071.
            Variant(change.name, tuple(float(str(value)) for value in one.probabilities))
            for change, one in zip(ALTERATIONS, answers, strict=True)
        ),
    )


def _altered(scan: Scan, original: Prepared, change: Alteration) -> NDArray[np.uint8]:
    square = original.square
    if any(change.edges):
        window = _window(scan.pixels, original.crop.box, change.edges)
        square = standardise(window, CropBox(0, 0, *window.shape[::-1]), len(square))
    if change.mirrored:
        square = np.ascontiguousarray(square[:, ::-1])
    if (change.gamma, change.contrast) != (1, 1):
        grey = (np.arange(256) / 255) ** change.gamma
        grey = np.clip((grey - 0.5) * change.contrast + 0.5, 0, 1)
        square = np.asarray(cv2.LUT(square, np.rint(255 * grey).astype(np.uint8)))
    return square


def _window(
    pixels: NDArray[np.uint8], box: CropBox, edges: tuple[float, float, float, float]
) -> NDArray[np.uint8]:
    """Cut out a box whose edges are moved; beyond the scan, its rim goes on."""
    height, width = pixels.shape
    left, top, right, bottom = edges
    x0, x1 = box.x0 + round(left * box.width), box.x1 + round(right * box.width)
    y0, y1 = box.y0 + round(top * box.height), box.y1 + round(bottom * box.height)
    inside = pixels[max(y0, 0) : min(y1, height), max(x0, 0) : min(x1, width)]
    beyond = max(-y0, 0), max(y1 - height, 0), max(-x0, 0), max(x1 - width, 0)
    return np.asarray(cv2.copyMakeBorder(inside, *beyond, cv2.BORDER_REPLICATE), dtype=np.uint8)
