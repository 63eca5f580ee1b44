"""What the gate says of one picture."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Familiarity:
    """How much a picture is like the scans that the network was trained on.

    Attributes:
        score: 0 (nothing like them) .. 1.
        threshold: the score from which a picture is taken for a slice of a head.
    """

    score: float
    threshold: float

    def __post_init__(self) -> None:
        if not (0 <= self.score <= 1 and 0 <= self.threshold <= 1):
            raise ValueError(f"A score and its threshold lie in 0..1. Received: {self}")

    @property
    def familiar(self) -> bool:
        """Whether the score reaches the threshold."""
        return self.score >= self.threshold


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a picture is let through: it is exactly when there is no reason against it.

    Attributes:
        familiarity: the judge's score; None where no judge was asked.
        reasons: what was wrong, as sentences for people; empty where nothing was.
    """

    familiarity: Familiarity | None
    reasons: tuple[str, ...]
