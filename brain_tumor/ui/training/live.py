"""What all viewers share: the list of runs, and a run's metrics and charts, made once for all."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st

from brain_tumor.jobs.run_folder import Record, RunReader
from brain_tumor.jobs.runs import Runs, RunSummary
from brain_tumor.ui.training.charts import (
    FREE,
    TRAINING,
    VALIDATION,
    Chart,
    Curve,
    Limits,
    curve_chart,
)

FRESH: Final = 0.4
"""Seconds for which charts are good for the next viewer."""

LIST_FRESH: Final = 1.0
"""Seconds for which the list of runs is good for the next viewer."""

_SHARE: Final = 4
"""Charts serve for at least so many times the seconds that they took: a fifth of a core for each
run that is looked at, however long it is."""

_CHARTS: Final[tuple[tuple[str, str, Limits, tuple[Curve, ...]], ...]] = (
    ("loss", "", FREE, (Curve("loss", TRAINING), Curve("val_loss", VALIDATION))),
    ("accuracy", "", FREE, (Curve("accuracy", TRAINING), Curve("val_accuracy", VALIDATION))),
    ("learning rate", "", (0, None), (Curve("learning_rate", TRAINING),)),
    ("images per second", "", (0, None), (Curve("images_per_second", TRAINING),)),
    ("heat map peak in the tumor", "", (0, 1), (Curve("val_pointing", VALIDATION),)),
    ("GPU use", "%", (0, 100), (Curve("gpu_use", TRAINING, 100),)),
    ("GPU memory", "GiB", (0, None), (Curve("gpu_memory", TRAINING, 1 / 2**30),)),
)
"""Title, unit, ends of the axis, and curves of each chart; a chart of which nothing was
measured is left out."""


@dataclass(frozen=True, slots=True)
class Curves:
    """A run's curves at a moment.

    Attributes:
        last_step: the newest record of a step; None before the first.
        last_epoch: the newest record of an epoch; None before the first.
        charts: of what the run has measured; none before the first step.
    """

    last_step: Record | None
    last_epoch: Record | None
    charts: tuple[Chart, ...]


class SharedRun:
    """Follows one run's metrics for any number of threads."""

    def __init__(self, folder: Path) -> None:
        self._reader = RunReader(folder)
        self._lock = threading.Lock()
        self._curves = Curves(None, None, ())
        self._drawn = 0
        self._good_until = -1.0

    def records(self) -> list[Record]:
        """Return all metric records so far, oldest first."""
        with self._lock:
            return self._reader.metrics()

    def curves(self, *, whole: bool = False) -> Curves:
        """Return the curves, at most about ``FRESH`` seconds old.

        Args:
            whole: with all that there is by now, for a run that has ended: nobody looks again.
        """
        with self._lock:
            records = self._reader.metrics()
            if time.monotonic() >= self._good_until or (whole and len(records) != self._drawn):
                worked = time.thread_time()  # not the time in which others had the processor
                self._curves, self._drawn = curves_of(records), len(records)
                worked = time.thread_time() - worked
                self._good_until = time.monotonic() + max(FRESH, _SHARE * worked)
            return self._curves


class SharedList:
    """The list of runs for any number of threads: reading a status for each takes a while."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._lock = threading.Lock()
        self._summaries: tuple[RunSummary, ...] = ()
        self._good_until = -1.0

    def now(self) -> tuple[RunSummary, ...]:
        """Return the runs as they are; ``Runs.summaries`` says what is raised."""
        with self._lock:
            return self._read()

    def recent(self) -> tuple[RunSummary, ...]:
        """Return the runs as they are or were ``LIST_FRESH`` seconds ago; raises as ``now``."""
        with self._lock:
            return self._summaries if time.monotonic() < self._good_until else self._read()

    def _read(self) -> tuple[RunSummary, ...]:
        self._summaries = self._runs.summaries()
        self._good_until = time.monotonic() + LIST_FRESH
        return self._summaries


@st.cache_resource(show_spinner=False, max_entries=12)
def shared_run(folder: str) -> SharedRun:
    """Return what all sessions share of a run, by the path of its folder.

    A run of ten thousand points takes about 11 MB, so few are kept.
    """
    return SharedRun(Path(folder))


def curves_of(records: Sequence[Record]) -> Curves:
    """Draw the charts of a run's metrics."""
    steps = [record for record in records if record["kind"] == "step"]
    epochs = [record for record in records if record["kind"] == "epoch"]
    if not steps:
        return Curves(None, epochs[-1] if epochs else None, ())
    measured = set(steps[-1]).union(*(record for record in epochs))
    # A curve is of steps or of epochs: looking for either among all records takes most of the time.
    kinds = {TRAINING: steps, VALIDATION: epochs}
    charts = (
        curve_chart(kinds, curves, title, unit, limits=limits)
        for title, unit, limits, curves in _CHARTS
        if any(one.metric in measured for one in curves)
    )
    return Curves(steps[-1], epochs[-1] if epochs else None, tuple(charts))
