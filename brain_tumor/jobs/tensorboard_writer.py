"""Scalars for TensorBoard, written without TensorFlow.

`tensorboard` alone holds the record format and the messages. Its `EventFileWriter` is passed over:
to open its file it loads TensorFlow where that is installed (3 s and 700 MB), and it writes from a
thread that loses what is queued when the process is killed.
"""

import os
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from brain_tumor.jobs.metrics_file import NOT_FINITE


class TensorBoardWriter:
    """Writes one event file. A curve is never worth a run, so no method raises for input/output.

    The first failure, or `tensorboard` not being installed, is told to `tell` as one sentence and
    switches the writer off.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._handle: BinaryIO | None = None
        self._records: Any = None
        try:
            from tensorboard.compat.proto import event_pb2, summary_pb2
            from tensorboard.summary.writer.record_writer import RecordWriter
        except (ImportError, TypeError) as error:  # protobuf says TypeError to an older tensorboard
            tell(f"No TensorBoard files: tensorboard cannot be imported ({error}).")
            return
        self._event = event_pb2.Event
        self._session = event_pb2.SessionLog
        self._summary = summary_pb2.Summary
        name = f"events.out.tfevents.{time.time():017.6f}.{socket.gethostname()}.{os.getpid()}"
        try:
            folder.mkdir(exist_ok=True)
            self._handle = (folder / name).open("xb")
        except OSError as error:
            tell(f"No TensorBoard files: {error}.")
            return
        self._records = RecordWriter(self._handle)
        self._write(self._event(wall_time=time.time(), file_version="brain.Event:2"))

    @property
    def enabled(self) -> bool:
        """Whether events are being written."""
        return self._handle is not None

    def scalars(self, step: int, wall_time: float, values: Mapping[str, float]) -> None:
        """Write one number a tag at a global step; `wall_time` in Unix seconds."""
        if not self.enabled or not values:
            return
        pairs = [self._summary.Value(tag=tag, simple_value=float(v)) for tag, v in values.items()]
        self._write(self._event(wall_time=wall_time, step=step, summary=self._summary(value=pairs)))

    def restart(self, step: int) -> None:
        """Tell TensorBoard to forget what earlier files say of this step and later ones."""
        if self.enabled:
            start = self._session(status=self._session.START)
            self._write(self._event(wall_time=time.time(), step=step, session_log=start))

    def close(self) -> None:
        """Close the file; calling it again does nothing."""
        handle, self._handle = self._handle, None
        if handle is None:
            return
        try:
            handle.close()
        except OSError as error:
            self._tell(f"The TensorBoard file may lack its last values: {error}.")

    def _write(self, event: Any) -> None:
        try:
            self._records.write(event.SerializeToString())
            self._records.flush()
        except OSError as error:
            self._tell(f"TensorBoard files end here: {error}. Training goes on.")
            self.close()


def tagged(kind: str, values: Mapping[str, Any]) -> dict[str, float]:
    """Pick the numbers of a metric record and give them their tags.

    `loss` of a step is "train/loss", `val_loss` of an epoch "validation/loss", and any other name
    of an epoch "epoch/..."; a name with a slash is its own tag. What is no number is left out.
    """
    numbers = {}
    for name, value in values.items():
        if isinstance(value, str) and value in NOT_FINITE:
            numbers[_tag(kind, name)] = NOT_FINITE[value]
        elif isinstance(value, int | float):
            numbers[_tag(kind, name)] = float(value)
    return numbers


def _tag(kind: str, name: str) -> str:
    if "/" in name:
        return name
    if kind == "step":
        return f"train/{name}"
    if name.startswith("val_"):
        return f"validation/{name.removeprefix('val_')}"
    return f"epoch/{name}"
