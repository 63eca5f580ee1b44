"""Long commands that somebody watches from elsewhere: status and log in a folder, as a run's."""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from brain_tumor.commands.progress import StageProgress

if TYPE_CHECKING:
    from brain_tumor.jobs.run_folder import RunWriter

_EVERY: Final = 0.5  # seconds between two statuses


def add_status_dir(parser: argparse.ArgumentParser) -> None:
    """Add ``--status-dir``."""
    parser.add_argument(
        "--status-dir",
        type=Path,
        metavar="DIR",
        help="write status and log there, as a training run does in its folder, and show no bars",
    )


class Watchers:
    """Whom a command tells how it goes on: the terminal, or the readers of a folder."""

    def __init__(self, writer: "RunWriter | None") -> None:
        self._writer = writer
        self._bars = StageProgress()
        self._told = 0.0

    def say(self, text: str) -> None:
        """Tell in words."""
        if self._writer is None:
            print(text, file=sys.stderr)
        else:
            self._writer.log(text)
            self._writer.write_status(replace(self._writer.status, message=text))

    def notify(self, stage: str, done: int, total: int) -> None:
        """Tell that ``done`` of ``total`` steps of a stage are finished."""
        if self._writer is None:
            self._bars(stage, done, total)
        elif done >= total or time.monotonic() - self._told > _EVERY:
            self._told = time.monotonic()
            status = replace(
                self._writer.status, message=stage, step=min(done, total), total_steps=total
            )
            self._writer.write_status(status)

    def close(self) -> None:
        """End the bar that is shown, if any."""
        self._bars.close()


@contextmanager
def reported(folder: Path | None) -> Iterator[Watchers]:
    """Tell a folder's readers that the work begins, and at the end that it is done or why not."""
    if folder is None:
        watchers = Watchers(None)
        try:
            yield watchers
        finally:
            watchers.close()
        return
    from brain_tumor.jobs.run_folder import RunState, RunWriter

    with RunWriter(folder, tensorboard=False) as writer:
        writer.write_status(replace(writer.status, state=RunState.RUNNING, step=0, total_steps=0))
        yield Watchers(writer)
        writer.write_status(replace(writer.status, state=RunState.FINISHED, message="Done."))
