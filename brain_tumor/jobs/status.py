"""What a training run says about itself: its state, its place in the work, its process.

A status is a snapshot. The trainer's side fills in everything but `LOST`, which only a reader can
conclude: a process that was killed cannot write that it was.
"""

import errno
import math
import operator
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self

from brain_tumor.errors import DatasetError, RunFolderError

_COUNTS = ("pid", "epoch", "epochs", "step", "steps_per_epoch", "total_steps")
_TIMES = ("pid_started", "updated", "started")


class RunState(StrEnum):
    """Where a run is in its life."""

    QUEUED = "queued"
    """Written by whoever puts a run in the queue: it waits for its device and has no process."""
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"
    LOST = "lost"
    """Derived by readers, never written: the run had not ended and its process is gone."""


ENDED = frozenset({RunState.STOPPED, RunState.FINISHED, RunState.FAILED, RunState.LOST})
"""The states in which no trainer works on the folder any more."""


class Reason(StrEnum):
    """Why a run ended early, in the words that `RunStatus.reason` holds."""

    NONE = ""
    OUT_OF_MEMORY = "out of memory"
    NOT_A_NUMBER = "not a number"
    DISK_FULL = "disk full"
    DATA_UNREADABLE = "data unreadable"
    KILLED = "killed"
    ERROR = "error"


def is_disk_full(error: BaseException) -> bool:
    """Whether an error says that there is no space left, or none left to this user."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def reason_of(error: BaseException) -> Reason:
    """Give the reason that an exception's type tells; a trainer may know better."""
    if isinstance(error, MemoryError):
        return Reason.OUT_OF_MEMORY
    if isinstance(error, DatasetError):
        return Reason.DATA_UNREADABLE
    return Reason.DISK_FULL if is_disk_full(error) else Reason.ERROR


@dataclass(frozen=True, slots=True)
class RunStatus:
    """A snapshot of one run.

    `epoch` and `step` count what has been done, from 0; `epochs`, `steps_per_epoch` and
    `total_steps` are 0 while unknown. Times (`pid_started`, `updated`, `started`) are Unix seconds,
    `seconds_left` is a duration or None while there is nothing to tell it from. `reason` is one of
    `Reason` or a trainer's own word. `pid_started` is the time at which process `pid` was created,
    which tells it from a later process that was given the same number. `oom_kills` is how often the
    system had ended a process for want of memory when the status was written, None where nobody
    counted. `pid` to `oom_kills`, `updated` and `started` are filled in by
    `RunWriter.write_status`.

    Raises RunFolderError where a value breaks these rules.
    """

    state: RunState
    message: str = ""
    reason: str = Reason.NONE
    pid: int = 0
    pid_started: float = 0.0
    host: str = ""
    oom_kills: int | None = None
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps_per_epoch: int = 0
    total_steps: int = 0
    best_epoch: int | None = None
    best_score: float | None = None
    updated: float = 0.0
    started: float = 0.0
    seconds_left: float | None = None

    def __post_init__(self) -> None:
        self._set("state", _state(self.state))
        for name in ("message", "reason", "host"):
            if not isinstance(value := getattr(self, name), str):
                raise _broken(name, "a string", value)
            self._set(name, str(value))
        for name in _COUNTS:
            self._set(name, _count(name, getattr(self, name)))
        for name in _TIMES:
            self._set(name, _number(name, getattr(self, name), negative=False))
        for name in ("best_epoch", "oom_kills"):
            if (value := getattr(self, name)) is not None:
                self._set(name, _count(name, value))
        if self.best_score is not None:
            self._set("best_score", _number("best_score", self.best_score, negative=True))
        if self.seconds_left is not None:
            self._set("seconds_left", _number("seconds_left", self.seconds_left, negative=False))
        for done, of in (("epoch", "epochs"), ("step", "total_steps")):
            if 0 < getattr(self, of) < getattr(self, done):
                raise _broken(done, f"at most {of} ({getattr(self, of)})", getattr(self, done))
        if self.state is RunState.FAILED and not self.message:
            raise _broken("message", "a sentence that says what failed", self.message)

    def _set(self, name: str, value: object) -> None:
        """Store a value in its plain form (a frozen dataclass, so by way of `object`)."""
        object.__setattr__(self, name, value)

    @property
    def ended(self) -> bool:
        """Whether no trainer works on the folder any more."""
        return self.state in ENDED

    @property
    def working(self) -> bool:
        """Whether a trainer works on the folder, as far as this snapshot tells."""
        return not self.ended and self.state is not RunState.QUEUED

    def now(self, state: RunState, message: str = "", reason: str = Reason.NONE) -> Self:
        """Return this status in another state, at the present time and with no time left."""
        return replace(
            self,
            state=state,
            message=message,
            reason=reason,
            seconds_left=None,
            updated=time.time(),
        )

    @property
    def elapsed(self) -> float:
        """Seconds from this process's start to the snapshot, never negative."""
        return max(0.0, self.updated - self.started)

    @property
    def progress(self) -> float:
        """The share of the steps that is done, 0 to 1; 0 while the total is unknown."""
        return self.step / self.total_steps if self.total_steps else 0.0

    def to_json(self) -> dict[str, Any]:
        """Give the fields as plain values that any JSON writer takes."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave; names this version does not know are left out.

        Raises RunFolderError where `state` is missing or a value breaks the rules.
        """
        if "state" not in values:
            raise _broken("state", "one of the run states", None)
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


def _broken(name: str, rule: str, received: object) -> RunFolderError:
    return RunFolderError(
        f"A run status needs {name} to be {rule}. Received: {received!r}. "
        "Correct the value, or let the trainer write the status anew."
    )


def _state(value: Any) -> RunState:
    try:
        return RunState(value)
    except ValueError as error:
        raise _broken("state", f"one of {', '.join(RunState)}", value) from error


def _count(name: str, value: Any) -> int:
    """Give a whole number of 0 or more as an int; NumPy's integers are taken too."""
    try:
        whole = operator.index(value)
    except TypeError as error:
        raise _broken(name, "a whole number", value) from error
    if whole < 0 or isinstance(value, bool):
        raise _broken(name, "a whole number of 0 or more", value)
    return whole


def _number(name: str, value: Any, *, negative: bool) -> float:
    """Give a finite number as a float; NumPy's numbers are taken too."""
    rule = "a finite number" if negative else "a finite number of 0 or more"
    if isinstance(value, str | bool):
        raise _broken(name, rule, value)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise _broken(name, rule, value) from error
    if not math.isfinite(number) or (number < 0 and not negative):
        raise _broken(name, rule, value)
    return number
