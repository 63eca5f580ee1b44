"""The gate: from what a forward pass gives, and a few facts, to whether there is an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from brain_tumor.gate.familiarity import Verdict
from brain_tumor.model.bundle import Bundle
from brain_tumor.model.companion import Companion, CompanionKind, open_companion

GATE: Final = CompanionKind(
    what="gate",
    record="gate.json",
    format=1,
    command="python -m brain_tumor gate --data DIR",
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gate looks at, of N pictures.

    Attributes:
        facts: float32 (N, F), ``frame_facts`` of each.
        colourfulness: float32 (N,), 0..1, as ``Scan`` has it.
        squares: uint8 (N, side, side), the standardised crops.
        features: float32 (N, K), the network's pooled features.
        logits: float32 (N, 4).
    """

    facts: NDArray[np.float32]
    colourfulness: NDArray[np.float32]
    squares: NDArray[np.uint8]
    features: NDArray[np.float32]
    logits: NDArray[np.float32]


class Gate(Protocol):
    """Tells slices of a head from everything else."""

    def judge(self, evidence: Evidence) -> Sequence[Verdict]:
        """Return a verdict for each picture."""
        ...


def open_gate(bundle: Bundle) -> tuple[Gate | None, str]:
    """Read the gate that belongs to a bundle; without one, None and a sentence that says why.

    Raises:
        WeightsError: the gate is there but damaged. It is not left aside then: without it a
            photograph could be given the name of a tumour.
    """
    found = open_companion(bundle, GATE)
    if isinstance(found, Companion):
        raise NotImplementedError
    return None, found
