"""Long work on many scans in steps: it can stop after any of them and go on where it was."""

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

from brain_tumor.model.queue import Priority, at_priority
from brain_tumor.pipeline import BATCH, Classifier

Ready = TypeVar("Ready")


class Stepwise(ABC, Generic[Ready]):
    """Work on ``total`` items, numbered from 0, at most ``batch_size`` of them a step.

    Within a step a thread makes the next batch ready while the engine works on this one; between
    steps nothing runs. Not safe to share between threads.
    """

    batch_size: int = BATCH

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.seconds = 0.0
        self._ready: list[Ready] = []

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do."""
        return self.done >= self.total

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at the pace so far; None before the first step."""
        return self.seconds / self.done * (self.total - self.done) if self.done else None

    def step(self, classifier: Classifier) -> None:
        """Do the next batch; nothing where all is done.

        Raises:
            BusyError: too many others wait for the network. Nothing is lost: step again later.
        """
        if self.finished:
            return
        began = time.perf_counter()
        side = classifier.info.grid.side
        with ThreadPoolExecutor(1, thread_name_prefix="prepare") as pool:
            if not self._ready:
                self._ready = [self._prepare(i, side) for i in self._range(self.done)]
            after = self._range(self.done + len(self._ready))
            coming = [pool.submit(self._prepare, i, side) for i in after]
            with at_priority(Priority.SERIES):
                self._finish(self._ready, classifier)
            self.done += len(self._ready)
            self._ready = [one.result() for one in coming]
        self.seconds += time.perf_counter() - began

    def _range(self, start: int) -> range:
        return range(start, min(start + self.batch_size, self.total))

    @abstractmethod
    def _prepare(self, index: int, side: int) -> Ready:
        """Make one item ready for the network; runs in a thread."""

    @abstractmethod
    def _finish(self, ready: Sequence[Ready], classifier: Classifier) -> None:
        """Classify a batch and keep its results, all or, where it raises, none."""
