"""Looking on at a run from inside its process; everybody else reads the run folder."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brain_tumor.training.checkpoint import Progress


class Observer:
    """Told how a run goes on; does nothing by itself. An error in it ends the run."""

    def say(self, text: str) -> None:
        """Hear what goes to the log."""

    def close(self) -> None:
        """Hear that the run has ended."""

    def step(self, progress: "Progress", total: int, values: Mapping[str, float]) -> None:
        """Hear of every step; ``values`` are the means of the last logged window of steps."""
