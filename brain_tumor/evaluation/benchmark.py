"""What an answer costs here, beside what it costs as tutorials write it, in one run.

Each way answers in one process of its own; the two take turns scan by scan, so that whatever else
the machine does falls on both.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final, Protocol, Self

import numpy as np

OURS: Final = "brain_tumor.evaluation.benchmark_worker"
TUTORIAL: Final = "brain_tumor.evaluation.tutorial_gradcam"

Notify = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure.

    ``repeats`` rounds over the images, ``cold_starts`` processes started a way, ``scans`` answered
    before a process' peak memory is read (and in the throughput), ``tutorial`` whether to compare.
    """

    repeats: int = 10
    cold_starts: int = 3
    scans: int = 50
    tutorial: bool = True

    def __post_init__(self) -> None:
        for name in ("repeats", "cold_starts", "scans"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more. Received: {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Spread:
    """Median and quartiles of ``count`` measurements."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Summarise at least one measurement."""
        low, median, high = (float(value) for value in np.percentile(values, (25, 50, 75)))
        return cls(median, low, high, len(values))


@dataclass(frozen=True, slots=True)
class WayCost:
    """What one way costs.

    Attributes:
        seconds: from a file's bytes to label and heat map, over all scans and rounds.
        rounds: the median of each round, in seconds.
        cold_start: seconds from starting a process to its first answer.
        peak_bytes: most memory held by a process that has answered ``answered`` scans.
        answered: scans behind ``peak_bytes``.
        tensorflow: whether that process had imported TensorFlow.
    """

    seconds: Spread
    rounds: tuple[float, ...]
    cold_start: Spread
    peak_bytes: int
    answered: int
    tensorflow: bool


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured; ``throughput`` is scans a second from files on disk, in batches."""

    ours: WayCost
    tutorial: WayCost | None
    throughput: float

    @property
    def ratio(self) -> float | None:
        """How many times as long as ours the tutorial's way takes: ratio of the medians."""
        if self.tutorial is None:
            return None
        return self.tutorial.seconds.median / self.ours.seconds.median

    @property
    def round_ratios(self) -> tuple[float, ...]:
        """The same for each round."""
        if self.tutorial is None:
            return ()
        pairs = zip(self.tutorial.rounds, self.ours.rounds, strict=True)
        return tuple(theirs / ours for theirs, ours in pairs)


class Worker(Protocol):
    """A process that answers requests, see ``benchmark_worker.serve``."""

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send one request and wait for its reply."""
        ...

    def close(self) -> None:
        """End the process; may be called twice."""
        ...


def measure(
    images: Sequence[Path], plan: Plan, start: Callable[[str], Worker], notify: Notify
) -> Costs:
    """Measure each way on the images, in turns.

    Args:
        images: at least one image file.
        plan: how much to measure.
        start: starts the worker of a module, ``OURS`` or ``TUTORIAL``.
        notify: called with (stage, steps done, steps in all).
    """
    ways = [_Way(module, start) for module in ([OURS, TUTORIAL] if plan.tutorial else [OURS])]
    with ExitStack() as stack:
        for way in ways:
            stack.callback(way.close)
        for number in range(plan.cold_starts):
            for way in ways:
                way.start_cold(images[0])
            notify("cold starts", number + 1, plan.cold_starts)
        for way in ways:
            way.answer(images[0])  # what is traced or allocated on a second call is not timed
        for number in range(plan.repeats):
            _one_round(ways if number % 2 == 0 else ways[::-1], images)
            notify("rounds", number + 1, plan.repeats)
        for way in ways:
            for image in cycled(images, plan.scans - way.answered):
                way.answer(image)
        costs = [way.cost() for way in ways]  # before the batches, which take more memory
        files = cycled(images, max(plan.scans, len(images)))
        seconds = ways[0].ask({"files": [str(file) for file in files]})["seconds"]
        return Costs(costs[0], costs[1] if plan.tutorial else None, len(files) / seconds)


def _one_round(turns: Sequence["_Way"], images: Sequence[Path]) -> None:
    seconds: dict[str, list[float]] = {way.module: [] for way in turns}
    for image in images:
        for way in turns:
            seconds[way.module].append(way.answer(image))
    for way in turns:
        way.rounds.append(seconds[way.module])


def cycled(images: Sequence[Path], count: int) -> list[Path]:
    """Return ``count`` images, starting over where there are fewer; none where ``count`` < 1."""
    return [images[i % len(images)] for i in range(count)]


class _Way:
    """One way, its process, and what was measured of it."""

    def __init__(self, module: str, start: Callable[[str], Worker]) -> None:
        self.module = module
        self.answered = 0
        self.rounds: list[list[float]] = []
        self._start = start
        self._cold: list[float] = []
        self._worker: Worker | None = None
        self._reply: dict[str, Any] = {}

    def start_cold(self, image: Path) -> None:
        """Start a process afresh and time it up to its first answer."""
        self.close()
        begin = perf_counter()
        self._worker = self._start(self.module)
        self.answered = 0
        self.answer(image)
        self._cold.append(perf_counter() - begin)

    def answer(self, image: Path) -> float:
        """Have one scan answered; return the seconds it took inside the process."""
        seconds = float(self.ask({"file": str(image)})["seconds"])
        self.answered += 1
        return seconds

    def ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request to the running process."""
        assert self._worker is not None, "start_cold comes first"
        self._reply = self._worker.ask(request)
        return self._reply

    def cost(self) -> WayCost:
        """Summarise; the peak is the process' own up to its last reply."""
        return WayCost(
            seconds=Spread.of([value for values in self.rounds for value in values]),
            rounds=tuple(Spread.of(values).median for values in self.rounds),
            cold_start=Spread.of(self._cold),
            peak_bytes=int(self._reply["peak_bytes"]),
            answered=self.answered,
            tensorflow=bool(self._reply["tensorflow"]),
        )

    def close(self) -> None:
        """End the process, if any."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None
