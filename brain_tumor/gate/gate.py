"""The gate: from what a forward pass gives, and a few facts, to whether there is an answer."""

from collections.abc import Sequence
from typing import Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from brain_tumor.errors import WeightsError
from brain_tumor.gate.evidence import Evidence
from brain_tumor.gate.facts import FRAME_FACTS
from brain_tumor.gate.familiarity import Familiarity, Verdict
from brain_tumor.gate.judge import Judge
from brain_tumor.gate.wording import IN_COLOUR, UNFAMILIAR, detail
from brain_tumor.imaging.quality import MAX_COLOURFULNESS
from brain_tumor.model.bundle import Bundle
from brain_tumor.model.companion import Companion, CompanionKind, open_companion

GATE: Final = CompanionKind(
    what="gate",
    record="gate.json",
    format=1,
    command="python -m brain_tumor gate --data DIR",
)
ARRAYS_FILE: Final = "gate.npz"


class Gate:
    """Tells slices of a head from everything else. Safe to share between threads.

    Args:
        judge: scores pictures.
        threshold: the score from which a picture is taken for a slice of a head, 0..1.
        low: float32 (F,), the frame facts that few scans stay under: for the wording alone.
        high: float32 (F,), those that few scans exceed.
    """

    def __init__(
        self,
        judge: Judge,
        threshold: float,
        low: NDArray[np.float32],
        high: NDArray[np.float32],
    ) -> None:
        if not 0 <= threshold <= 1 or not len(low) == len(high) == len(FRAME_FACTS):
            raise ValueError(
                "A gate has a threshold in 0..1 and a range for each frame fact. "
                f"Received: {threshold}, {len(low)} and {len(high)} for {len(FRAME_FACTS)}."
            )
        self.fitted = judge
        self._low = low
        self._high = high
        self.threshold = threshold

    def judge(self, evidence: Evidence) -> Sequence[Verdict]:
        """Return a verdict for each picture.

        One after the other: products as small as these are faster without BLAS's threads, and a
        picture's score does not depend on what else is in its batch.
        """
        alone = [evidence.take(slice(at, at + 1)) for at in range(len(evidence))]
        return [
            self._verdict(
                float(self.fitted.score(one)[0]), float(one.colourfulness[0]), one.facts[0]
            )
            for one in alone
        ]

    def _verdict(self, score: float, colour: float, facts: NDArray[np.float32]) -> Verdict:
        familiarity = Familiarity(score, self.threshold)
        reasons = []
        if colour > MAX_COLOURFULNESS:
            reasons.append(IN_COLOUR)
        if not familiarity.familiar:
            reasons.append(UNFAMILIAR.format(detail=detail(facts, self._low, self._high)))
        return Verdict(familiarity, tuple(reasons))


def open_gate(bundle: Bundle) -> tuple[Gate | None, str]:
    """Read the gate that belongs to a bundle; without one, None and a sentence that says why.

    Raises:
        WeightsError: the gate is there but damaged. It is not left aside then: without it a
            photograph could be given the name of a tumour.
    """
    found = open_companion(bundle, GATE)
    if not isinstance(found, Companion):
        return None, found
    try:
        with np.load(found.file(ARRAYS_FILE), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        low, high = arrays.pop("facts/low"), arrays.pop("facts/high")
        return Gate(Judge.from_arrays(arrays), float(found.record["threshold"]), low, high), ""
    except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise WeightsError(
            f"The gate is damaged: {found.file(ARRAYS_FILE)} ({type(error).__name__}: {error}). "
            f"Make it with `{GATE.command}`, or restore the models/ folder from the repository."
        ) from error
