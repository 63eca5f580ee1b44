"""The watching side of a run folder; `run_folder` states the contract."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.metrics_file import MetricsTail, Record, read_from
from brain_tumor.jobs.process import lives, why_gone
from brain_tumor.jobs.status import RunState, RunStatus

_BLOCK: Final = 16_384


class RunReader:
    """Reads one run folder, which need not exist yet. Keeps what it has read of the metrics."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._metrics = MetricsTail(folder / layout.METRICS)

    def config(self) -> dict[str, Any]:
        """Give the run's settings. Raises RunFolderError where they are missing or damaged."""
        return layout.read_json(self.folder / layout.CONFIG)

    def status(self) -> RunStatus:
        """Give the last status, with what only a reader can know.

        STOPPING from the moment that somebody asked the run to stop; LOST where the run had not
        ended and its process is gone. Raises RunFolderError where the status is missing (the run
        may not have started yet) or damaged.
        """
        status = layout.read_status(self.folder)
        if status.ended or status.state is RunState.QUEUED:
            return status
        if lives(status, self.folder):
            return self._with_stop_request(status)
        status = layout.read_status(self.folder)  # it may have ended while this looked
        if status.ended:
            return status
        reason, why = why_gone(status)
        return replace(
            status,
            state=RunState.LOST,
            reason=reason,
            message=f"The training process {status.pid} ended without a word: {why}",
            seconds_left=None,
        )

    def _with_stop_request(self, status: RunStatus) -> RunStatus:
        asked = (self.folder / layout.STOP).exists()
        if not asked or status.state is RunState.STOPPING:
            return status
        words = "Stops after the step it is in, and keeps the best weights so far."
        return replace(status, state=RunState.STOPPING, message=words)

    def metrics(self) -> list[Record]:
        """Give all metric records so far, oldest first; reads only what is new."""
        return self._metrics.read()

    def tail_log(self, lines: int = 100) -> list[str]:
        """Give the last lines of the log, oldest first; none where there is no log."""
        return tail_log(self.folder, lines)


def try_status(folder: Path) -> RunStatus | None:
    """Give a run's status as `RunReader.status` does; None where it cannot be read."""
    try:
        return RunReader(folder).status()
    except RunFolderError:
        return None


def read_metrics(folder: Path, offset: int = 0) -> tuple[list[Record], int]:
    """Read the metric records after a byte offset; returns them and the offset for the next call.

    Torn and damaged lines are skipped. Where the offset does not fit the file (it was shortened)
    reading starts again at 0; `RunReader.metrics` keeps the records and sees to that.
    """
    try:
        with (folder / layout.METRICS).open("rb") as handle:
            return read_from(handle, offset)
    except (FileNotFoundError, NotADirectoryError):
        return [], 0


def tail_log(folder: Path, lines: int = 100) -> list[str]:
    """Give the last lines of the log, oldest first; none where there is no log."""
    if lines <= 0:
        return []
    try:
        with (folder / layout.LOG).open("rb") as handle:
            start = handle.seek(0, os.SEEK_END)
            data = b""
            while start and data.count(b"\n") <= lines:
                size = min(_BLOCK, start)
                start = handle.seek(start - size)
                data = handle.read(size) + data
    except (FileNotFoundError, NotADirectoryError):
        return []
    text = data.decode("utf-8", "replace").removesuffix("\n")
    return text.split("\n")[-lines:] if text else []


def list_runs(root: Path) -> list[Path]:
    """Give the run folders directly under `root`, sorted by name; none where it does not exist.

    Names that begin with a dot are passed over.
    """
    try:
        children = sorted(root.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    marks = (layout.CONFIG, layout.STATUS)
    seen = [path for path in children if not path.name.startswith(".")]
    return [path for path in seen if any((path / mark).is_file() for mark in marks)]
