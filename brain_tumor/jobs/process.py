"""Which process of this machine works on a run folder."""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import filelock
import psutil

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.status import Reason, RunStatus

VMSTAT: Final = Path("/proc/vmstat")
"""Where Linux counts, among much else, the processes that it has ended for want of memory."""

_SAME_START: Final = 2.0  # seconds; the system tells a process's start to about one second


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells a process from all others: its number may be given to a later one."""

    pid: int
    started: float
    host: str


def identity(pid: int | None = None) -> Identity:
    """Return the identity of a process of this machine, by default this one."""
    process = psutil.Process(pid)
    return Identity(process.pid, process.create_time(), socket.gethostname())


def lives(status: RunStatus, folder: Path) -> bool:
    """Whether the process that wrote a status still owns the folder.

    The process number decides where it can. It cannot for another host (or container), nor when
    the clock was set, which moves what the system calls a process's start: then the lock does.
    """
    if status.host != socket.gethostname():
        return _locked(folder)
    try:
        process = psutil.Process(status.pid)
        if process.status() == psutil.STATUS_ZOMBIE:  # killed, and its parent has not looked yet
            return False
        if abs(process.create_time() - status.pid_started) <= _SAME_START:
            return True
    except (psutil.NoSuchProcess, ValueError):
        return False
    except psutil.AccessDenied:
        pass
    return _locked(folder)


def process_of(status: RunStatus, folder: Path) -> psutil.Process | None:
    """Return the process that owns the folder; None where it is gone.

    Raises:
        RunFolderError: it runs on another machine, or cannot be told from a stranger.
    """
    if status.ended or not lives(status, folder):
        return None
    if status.host != socket.gethostname():
        raise RunFolderError(
            f"A run is ended on the machine that runs it. {folder.name} runs on {status.host}, "
            f"this is {socket.gethostname()}. Ask it to stop, which works from anywhere."
        )
    process = psutil.Process(status.pid)
    known = abs(process.create_time() - status.pid_started) <= _SAME_START
    if not known and str(folder) not in process.cmdline():
        raise RunFolderError(
            f"Only the run's own process may be ended. Process {status.pid} is not sure to be that "
            f"of {folder.name}: the clock was set. Ask the run to stop."
        )
    return process


def oom_kills(counters: Path = VMSTAT) -> int:
    """Return how many processes the system has ended for want of memory since it was started.

    Linux counts them, those of containers too, in its ``oom_kill``; 0 where nothing counts them.
    """
    try:
        lines = counters.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeError):
        return 0
    found = (line.split() for line in lines)
    return next((int(words[1]) for words in found if words[:1] == ["oom_kill"]), 0)


def why_gone(status: RunStatus, counters: Path = VMSTAT) -> tuple[Reason, str]:
    """Return why the process of a status is most likely gone, and that in words.

    SIGKILL leaves no word of who sent it. A restart since the last status tells itself; so does a
    rise of the count of processes ended for want of memory, unless it was another that ended.
    """
    resume = "Resume the run from its last checkpoint."
    if status.host == socket.gethostname():
        if psutil.boot_time() > status.updated + _SAME_START:
            return Reason.KILLED, f"the machine was restarted. {resume}"
        if status.oom_kills is not None and oom_kills(counters) > status.oom_kills:
            return Reason.OUT_OF_MEMORY, (
                "the system ran out of memory and most likely ended it. Resume the run from its "
                "last checkpoint when there is more room, or run it again with a smaller batch or "
                "input."
            )
    return Reason.KILLED, f"it was killed, or the machine went down. {resume}"


def _locked(folder: Path) -> bool:
    """Whether a process holds the folder's lock; True where that cannot be told."""
    if not (folder / layout.LOCK).exists():
        return False
    try:
        with layout.lock_of(folder).acquire(timeout=0):
            return False
    except (filelock.Timeout, OSError):
        return True
