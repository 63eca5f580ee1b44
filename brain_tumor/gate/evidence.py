"""What the gate looks at."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of N pictures after a forward pass.

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

    def __len__(self) -> int:
        return len(self.squares)

    def take(self, rows: NDArray[Any] | slice) -> "Evidence":
        """Return the evidence of some of the pictures."""
        return Evidence(*(getattr(self, field.name)[rows] for field in fields(self)))
