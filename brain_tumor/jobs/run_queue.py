"""The order in which runs get their device: a file beside the run folders.

    queue.json   {"places": [{"run": "…", "device": "cpu", "started": true}, …]}, in order
    queue.lock   locked by the operating system while somebody changes the file

Any server may add, take out and start: the file is read, changed and renamed into place under the
lock, so that two servers on one folder never start the same run, and a restart loses nothing. The
order is the file's, not that of any clock.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import filelock

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.launcher import Launcher
from brain_tumor.jobs.run_reader import list_runs, try_status
from brain_tumor.jobs.status import RunState, RunStatus, reason_of

QUEUE: Final = "queue.json"
_LOCK: Final = "queue.lock"
_PATIENCE: Final = 10.0  # seconds; starting a run under the lock takes a fraction of one


class QueueBusyError(RunFolderError):
    """Another server is changing the queue."""


@dataclass(frozen=True, slots=True)
class Place:
    """One run in the queue: its folder's name, its device, and whether it has been started."""

    run: str
    device: str
    started: bool = False

    def __post_init__(self) -> None:
        named = isinstance(self.run, str) and Path(self.run).name == self.run != ""
        if not (named and isinstance(self.device, str) and self.device):
            raise RunFolderError(
                f"A place in the queue names a run folder and a device. Received: {self.run!r} "
                f"and {self.device!r}. Put the run in the queue again."
            )


class RunQueue:
    """The queue of one folder of runs, and the launcher that starts them."""

    def __init__(self, root: Path, launcher: Launcher) -> None:
        self._root = root
        self._launcher = launcher

    def places(self) -> tuple[Place, ...]:
        """Return the queue in order, started runs among it; empty where there is none.

        Raises:
            RunFolderError: the file is damaged.
        """
        path = self._root / QUEUE
        if not path.exists():
            return ()
        record = layout.read_json(path)
        try:
            return tuple(_place(entry) for entry in record["places"])
        except (KeyError, TypeError) as error:
            raise RunFolderError(
                f"{QUEUE} must list the places of runs. Received: {path} ({error!r}). Delete the "
                "file and put the waiting runs in the queue again."
            ) from error

    def add(self, folder: Path, device: str) -> None:
        """Put a run at the end of the queue.

        Raises:
            RunFolderError: it waits or runs already, or somebody else owns its folder.
        """
        with self._locked():
            places = [place for place in self.places() if self._holds(place)]
            if any(place.run == folder.name for place in places):
                raise RunFolderError(
                    f"A run has one place in the queue. {folder.name} waits or runs already. "
                    "Stop it first."
                )
            with layout.claimed(folder):
                before = try_status(folder) or RunStatus(RunState.QUEUED)
                layout.write_status(folder, before.now(RunState.QUEUED))
            self._write([*places, Place(folder.name, device)])

    def remove(self, folder: Path) -> bool:
        """Take a waiting run out of the queue; return whether it was waiting."""
        if not _is_queued(folder):
            return False
        with self._locked():
            if not _is_queued(folder):  # started meanwhile
                return False
            self._write([place for place in self.places() if place.run != folder.name])
            layout.write_end(folder, RunState.STOPPED, "Taken out of the queue.")
        return True

    def move_away(self, folder: Path, aside: Path) -> None:
        """Rename a run's folder and forget its place, while nobody can start it.

        Raises:
            RunFolderError: the run goes on.
        """
        with self._locked():
            if _is_open(try_status(folder)):
                raise RunFolderError(
                    f"A run that goes on cannot be deleted. Received: {folder.name}. Stop it first."
                )
            with layout.claimed(folder):
                folder.rename(aside)
            self._write([place for place in self.places() if place.run != folder.name])

    def poll(self) -> tuple[Path, ...]:
        """Start the runs whose turn it is; return their folders.

        Cheap where nothing waits. One caller at a time does the work; the others return at once.
        On a full disk runs wait for room.
        """
        if not self.places():
            return ()
        try:
            with self._locked(patience=0):
                before = self.places()
                after, started = self._advance([place for place in before if self._holds(place)])
                if tuple(after) != before:
                    with suppress(OSError):  # what was started is known by its folder too
                        self._write(after)
                return started
        except QueueBusyError:
            return ()

    def _advance(self, places: Sequence[Place]) -> tuple[list[Place], tuple[Path, ...]]:
        """Start the first waiting run of each free device; return the new queue and the started."""
        busy = {place.device for place in places if place.started}
        after: list[Place] = []
        for place in places:
            free = not place.started and place.device not in busy and not self._strangers(places)
            now = self._start(place) if free else place
            if now is not None:
                after.append(now)
                busy |= {now.device} if free else set()
        new = set(after) - set(places)
        return after, tuple(self._root / place.run for place in after if place in new)

    def _start(self, place: Place) -> Place | None:
        """Hand a run over to the launcher; return its place from now on, None where it has none."""
        folder, started = self._root / place.run, replace(place, started=True)
        try:
            self._launcher.start(folder, place.device)
        except RunFolderError:
            # A server that ended before it could write the queue may have started it already.
            return started if _is_open(try_status(folder)) else None
        except OSError as error:
            words = f"The run could not be started ({error}). Resume it when that is mended."
            try:
                layout.write_end(folder, RunState.FAILED, words, reason_of(error))
            except OSError:
                return place  # not even this can be written: it waits for room
            return None
        return started

    def _strangers(self, places: Sequence[Place]) -> bool:
        """Whether a run goes on that was started past the queue: nobody knows on which device."""
        known = {place.run for place in places}
        others = (path for path in list_runs(self._root) if path.name not in known)
        return any(_is_open(try_status(path)) for path in others)

    def _holds(self, place: Place) -> bool:
        """Whether a place is still taken: its run waits, or is being worked on."""
        folder = self._root / place.run
        return _is_open(try_status(folder)) if place.started else _is_queued(folder)

    @contextmanager
    def _locked(self, patience: float = _PATIENCE) -> Iterator[None]:
        with layout.folder_errors(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self._root / _LOCK, thread_local=False)
            try:
                taken = lock.acquire(timeout=patience)
            except filelock.Timeout as error:
                raise QueueBusyError(
                    "One server at a time changes the queue of runs. Received: "
                    f"{self._root / QUEUE}, in use by another. Try again in a moment."
                ) from error
        with taken:
            yield

    def _write(self, places: Sequence[Place]) -> None:
        layout.write_json(self._root / QUEUE, {"places": [asdict(place) for place in places]})


def _place(entry: Any) -> Place:
    return Place(entry["run"], entry["device"], entry["started"] is True)


def _is_open(status: RunStatus | None) -> bool:
    """Whether a trainer works on the run."""
    return status is not None and status.working


def _is_queued(folder: Path) -> bool:
    status = try_status(folder)
    return status is not None and status.state is RunState.QUEUED
