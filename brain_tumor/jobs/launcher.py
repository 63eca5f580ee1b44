"""Starting and ending trainers: the seam between those who steer runs and where runs are run.

Callers know a run by its folder and a device by its name. Today a trainer is a process of this
machine; another launcher, such as one for a cluster, has the same four operations. Whether a run
lives is told by its folder (`RunReader.status`), never by a launcher, so that any server can ask.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

import psutil

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.devices import Machine, look_at_machine
from brain_tumor.jobs.process import identity, oom_kills, process_of
from brain_tumor.jobs.run_reader import try_status
from brain_tumor.jobs.status import RunState, RunStatus

CPU: Final = "cpu"
"""The device that every machine has; GPUs are named by NVML's UUID (`jobs.devices`)."""

PROGRAM: Final = (sys.executable, "-m", "brain_tumor")

_ROOT: Final = Path(__file__).resolve().parents[2]
_POLITENESS: Final = 10
_KILL_PATIENCE: Final = 10.0
_LOOK_EVERY: Final = 0.02


class Launcher(Protocol):
    """Starts and ends what works on a run folder, wherever that is done."""

    def machine(self) -> Machine:
        """Return the devices that runs can be given, and the memory beside them."""
        ...

    def start(self, folder: Path, device: str, command: Sequence[str] = ()) -> None:
        """Begin the work on a folder, or go on with it; returns once it has been handed over.

        Args:
            folder: the run folder; by default its `config.json` says what is to be done.
            device: what to work on, as the queue names it.
            command: a subcommand with its options that works on the folder, in place of `train`.

        Raises:
            RunFolderError: the folder is missing, or somebody works on it already.
            OSError: there is no room for it: no memory, no process, no disk.
        """
        ...

    def stop(self, folder: Path) -> None:
        """Ask for an end after the current step, with a checkpoint; returns at once.

        Raises RunFolderError where there is no such folder.
        """
        ...

    def kill(self, folder: Path) -> None:
        """End the work now; returns when nothing of it is left. Does nothing where none goes on.

        Raises RunFolderError where it cannot be reached or does not end.
        """
        ...


class LocalLauncher:
    """Runs trainers as processes of this machine, each the leader of a session of its own.

    A trainer survives the server that started it, unless a supervisor ends all processes of the
    server's control group, as systemd does without ``KillMode=process``. Its output goes to the
    run folder's log. On the CPU it is polite: answers for people come first.
    """

    def __init__(self, program: Sequence[str] = PROGRAM) -> None:
        self._program = tuple(program)
        self._children: list[subprocess.Popen[bytes]] = []

    def machine(self) -> Machine:
        """Return what this machine has; asks NVML, not a framework."""
        return look_at_machine()

    def start(self, folder: Path, device: str, command: Sequence[str] = ()) -> None:
        """Start ``python -m brain_tumor train`` on the folder; see `Launcher`."""
        folder = folder.absolute()
        words = command or ("train", "--run-dir", str(folder), "--resume", "--quiet")
        self._reap()
        # The trainer waits for the folder until the status that names it has been written.
        with layout.claimed(folder), layout.folder_errors(folder):
            before = try_status(folder) or RunStatus(RunState.QUEUED)
            layout.write_status(folder, before)  # a full disk is found before there is a process
            (folder / layout.STOP).unlink(missing_ok=True)  # it was meant for an earlier process
            with (folder / layout.LOG).open("ab") as log:
                child = subprocess.Popen(
                    [*self._program, *words],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=_ROOT,
                    env=_environment(device),
                    start_new_session=True,
                )
            self._children.append(child)
            try:
                layout.write_status(folder, _starting(before, child.pid))
            except OSError:
                child.kill()  # nobody would know of it
                child.wait()
                raise
        if device == CPU:
            with suppress(psutil.Error):
                psutil.Process(child.pid).nice(_POLITENESS)

    def stop(self, folder: Path) -> None:
        """Leave a stop request in the folder; see `Launcher`."""
        layout.request_stop(folder)

    def kill(self, folder: Path) -> None:
        """Kill the trainer's process group and whatever else descends from it; see `Launcher`."""
        process = process_of(layout.read_status(folder), folder)
        if process is not None:
            _kill_tree(process)
        self._reap()

    def _reap(self) -> None:
        """Let the system forget the children that have ended."""
        self._children = [child for child in self._children if child.poll() is None]


def _starting(before: RunStatus, pid: int) -> RunStatus:
    own = identity(pid)
    new = before.now(RunState.STARTING)
    return replace(
        new,
        pid=own.pid,
        pid_started=own.started,
        host=own.host,
        oom_kills=oom_kills(),
        started=new.updated,
    )


def _environment(device: str) -> dict[str, str]:
    """Return the trainer's variables, which show it one device alone.

    The names are CUDA's and JAX's own; TensorFlow and PyTorch go by CUDA's.
    """
    ours = {**os.environ, "PYTHONUNBUFFERED": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    if device == CPU:
        return {**ours, "CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
    return {**ours, "CUDA_VISIBLE_DEVICES": device}


def _kill_tree(process: psutil.Process) -> None:
    """Send SIGKILL to a process, its group and its descendants, and see them gone."""
    family = [process]
    with suppress(psutil.NoSuchProcess):
        family += process.children(recursive=True)
    # A trainer that somebody started in a shell may share its group with others.
    with suppress(ProcessLookupError):
        if os.getpgid(process.pid) == process.pid:
            os.killpg(process.pid, signal.SIGKILL)
    for member in family:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    deadline = time.monotonic() + _KILL_PATIENCE
    while left := [member for member in family if not _is_over(member)]:
        if time.monotonic() > deadline:
            raise RunFolderError(
                f"A killed process must end within {_KILL_PATIENCE:.0f} seconds. Still there: "
                f"{', '.join(str(member.pid) for member in left)}. It may wait for a disk or a "
                "driver: look at it with `ps`."
            )
        time.sleep(_LOOK_EVERY)


def _is_over(process: psutil.Process) -> bool:
    """Whether a process has ended, if only its parent has not asked after it yet."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
