"""The trainer's side of a run folder; `run_folder` states the contract."""

import errno
import os
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.metrics_file import MetricsFile, plain
from brain_tumor.jobs.process import identity, oom_kills
from brain_tumor.jobs.status import Reason, RunState, RunStatus, is_disk_full, reason_of
from brain_tumor.jobs.tensorboard_writer import TensorBoardWriter, tagged

_OWN_NAMES: Final = frozenset({"kind", "step", "epoch", "time"})


class RunWriter:
    """Owns a run folder from its creation to its `close`; use it as a context manager.

    Creates the folder, or resumes the one that is there: metrics are appended to and the settings
    are kept. A status (STARTING) is written at once, so that readers know the process. Leaving the
    context by an exception writes FAILED if the trainer has not said how the run ended.

    Raises RunFolderError where another process owns the folder, and from every method where the
    folder has been deleted. OSError from a full disk passes through the methods that write the
    status and the metrics. Meant for one thread.
    """

    def __init__(
        self, folder: Path, *, config: Mapping[str, Any] | None = None, tensorboard: bool = True
    ) -> None:
        self.folder = folder
        with ExitStack() as undo, layout.folder_errors(folder):
            for path in (folder, self.checkpoints):
                path.mkdir(parents=True, exist_ok=True)
            undo.enter_context(layout.claimed(folder))
            self._process = identity()
            self._drop_stale_stop()
            self._metrics = MetricsFile(folder / layout.METRICS)
            undo.callback(self._metrics.close)
            # From here on time is counted, not read, so that a clock set back cannot harm.
            self._clock = max(time.time(), self._metrics.last_time) - time.monotonic()
            self._started = self._now()
            self._first_step: tuple[int, float] | None = None
            self.status = self._write_first_status()
            if config is not None:
                self._offer_config(config)
            self._board = self._open_board() if tensorboard else None
            self._undo = undo.pop_all()

    @property
    def checkpoints(self) -> Path:
        """The folder for the trainer's checkpoints."""
        return self.folder / layout.CHECKPOINTS

    def write_config(self, config: Mapping[str, Any]) -> None:
        """Write the settings, over those that are there."""
        with layout.folder_errors(self.folder):
            layout.write_json(self.folder / layout.CONFIG, config)

    def write_status(self, status: RunStatus) -> RunStatus:
        """Write a status and give it as written: process, host and times are filled in here.

        `writer.status` is the last one, so `writer.write_status(replace(writer.status, ...))`
        changes what is new. A status that ends the run also takes away the stop request, which
        has been answered. On a full disk the status of an ended run is written over the old one.
        """
        if status.state is RunState.LOST:
            raise RunFolderError(
                "LOST is what readers conclude of a run whose process is gone. Received: it as a "
                "status to write. Write FAILED with a reason instead."
            )
        status = replace(
            status,
            pid=self._process.pid,
            pid_started=self._process.started,
            host=self._process.host,
            oom_kills=oom_kills(),
            started=self._started,
            updated=self._now(),
        )
        with layout.folder_errors(self.folder):
            self._put_status(status)
        self.status = status
        if status.ended:
            self.clear_stop()
        return status

    def log_step(self, step: int, epoch: int, **values: Any) -> None:
        """Append the values of one training step, and give its numbers to TensorBoard.

        The tag of `loss` is "train/loss"; a name with a slash is its own tag.
        """
        if self._first_step is None:
            self._first_step = (step, time.monotonic())
        self._append("step", step, epoch, values)

    def log_epoch(self, epoch: int, *, step: int | None = None, **values: Any) -> None:
        """Append the values of one epoch, at the last step logged unless `step` says another.

        The tag of `val_loss` is "validation/loss", that of `loss` is "epoch/loss".
        """
        self._append("epoch", self._metrics.last_step if step is None else step, epoch, values)

    def log(self, text: str) -> None:
        """Append to the log, with the time. Where that fails the text goes to standard error."""
        line = f"{datetime.now().astimezone().isoformat(' ', 'seconds')}  {text}\n"
        try:
            with (self.folder / layout.LOG).open("a", encoding="utf-8", errors="replace") as log:
                log.write(line)
        except OSError as error:  # the log tells of failures and must not become one
            print(f"{line.rstrip()} (not in the log: {error})", file=sys.stderr)

    def stop_requested(self) -> bool:
        """Whether somebody has asked the run to stop; cheap enough for every step."""
        return (self.folder / layout.STOP).exists()

    def clear_stop(self) -> None:
        """Take the stop request away, if there is one."""
        with layout.folder_errors(self.folder):
            (self.folder / layout.STOP).unlink(missing_ok=True)

    def truncate_after(self, step: int) -> int:
        """Drop the metrics of steps after `step`; returns the number of records dropped.

        For a run resumed from a checkpoint older than its last metrics, so that no step appears
        twice. TensorBoard is told too.
        """
        with layout.folder_errors(self.folder):
            dropped = self._metrics.truncate_after(step)
        if self._board is not None:
            self._board.restart(step + 1)
        return dropped

    def seconds_left(self, step: int, total_steps: int) -> float | None:
        """Estimate the time to the end from the pace of this process since its first logged step.

        The first step compiles the network and is left out; validation counts, as it comes again.
        None until a second step has been logged.
        """
        if self._first_step is None or step <= self._first_step[0]:
            return None
        pace = (time.monotonic() - self._first_step[1]) / (step - self._first_step[0])
        return max(0, total_steps - step) * pace

    def close(self) -> None:
        """Close the files and give the folder free; calling it again does nothing."""
        if self._board is not None:
            self._board.close()
        self._undo.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if not self.status.ended:
                self._write_last_status(error)
        finally:
            self.close()

    def _now(self) -> float:
        """Unix seconds that never go back in this process, nor behind the metrics it resumes."""
        return self._clock + time.monotonic()

    def _drop_stale_stop(self) -> None:
        """Take away a stop request that was meant for an earlier process, and only that.

        One made while this process was starting up is meant for it.
        """
        stop = self.folder / layout.STOP
        if stop.exists() and stop.stat().st_mtime < self._process.started - 2.0:
            stop.unlink()
            self.log("A stop request from before this process was started has been removed.")

    def _write_first_status(self) -> RunStatus:
        try:
            before = layout.read_status(self.folder)
        except RunFolderError:
            before = RunStatus(RunState.STARTING)
        first = replace(
            before, state=RunState.STARTING, message="", reason=Reason.NONE, seconds_left=None
        )
        return self.write_status(first)

    def _write_last_status(self, error: BaseException | None) -> None:
        if error is None or isinstance(error, KeyboardInterrupt):
            words = "closed by the trainer" if error is None else "interrupted from the keyboard"
            last = replace(self.status, state=RunState.STOPPED, message=f"The run was {words}.")
        else:
            last = replace(
                self.status,
                state=RunState.FAILED,
                message=str(error) or type(error).__name__,
                reason=reason_of(error),
            )
        try:
            self.write_status(replace(last, seconds_left=None))
        except (OSError, RunFolderError) as second:
            if error is None:
                raise
            self.log(f"{last.message} (the status could not be written: {second})")

    def _put_status(self, status: RunStatus) -> None:
        path = self.folder / layout.STATUS
        try:
            layout.write_json(path, status.to_json())
        except OSError as error:
            if not (is_disk_full(error) and status.ended and path.exists()):
                raise
            # The old file's block is still ours: better a moment's torn file than no last word.
            with path.open("r+b", buffering=0) as handle:
                text = layout.to_text(status.to_json()).encode()
                handle.write(text)
                handle.truncate(len(text))

    def _offer_config(self, config: Mapping[str, Any]) -> None:
        if not (self.folder / layout.CONFIG).exists():
            self.write_config(config)
            return
        kept, given = layout.read_json(self.folder / layout.CONFIG), plain(config)
        other = sorted(key for key in kept | given if kept.get(key) != given.get(key))
        if other:
            self.log(f"The run keeps its settings; given otherwise: {', '.join(other)}.")

    def _open_board(self) -> TensorBoardWriter:
        board = TensorBoardWriter(self.folder / layout.TENSORBOARD, self.log)
        if self._metrics.last_step:
            board.restart(self._metrics.last_step + 1)
        return board

    def _append(self, kind: str, step: int, epoch: int, values: Mapping[str, Any]) -> None:
        if taken := _OWN_NAMES & values.keys():
            raise RunFolderError(
                f"The names {sorted(_OWN_NAMES)} of a metric record are the run folder's own. "
                f"Received: {sorted(taken)}. Name the values otherwise."
            )
        now, plain_values = self._now(), plain(values)
        own = {"kind": kind, "step": int(step), "epoch": int(epoch), "time": now}
        self._metrics.append(own | plain_values)
        with layout.folder_errors(self.folder):
            if not self._metrics.is_in_place():
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), layout.METRICS)
        if self._board is not None:
            self._board.scalars(step, now, tagged(kind, plain_values))
