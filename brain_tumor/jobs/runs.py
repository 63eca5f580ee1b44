"""All runs below one folder: start, stop, resume, run again, delete.

Everything is on disk, so any number of servers may hold a `Runs` of the same folder, and a new one
finds what an old one left. Whoever calls `poll` starts the runs whose turn it is.
"""

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.launcher import Launcher
from brain_tumor.jobs.results import refuse_busy
from brain_tumor.jobs.run_queue import Place, RunQueue
from brain_tumor.jobs.run_reader import RunReader, list_runs, try_status
from brain_tumor.jobs.status import RunState, RunStatus


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run in the list of runs.

    Attributes:
        folder: the run folder; its last name is the run's.
        status: what the run says of itself; None where its status cannot be read.
        problem: why it cannot.
        device: the device that it was queued for; empty where that is not known any more.
        ahead: how many runs are before it on its device; None unless it is queued.
    """

    folder: Path
    status: RunStatus | None
    problem: str = ""
    device: str = ""
    ahead: int | None = None


class Runs:
    """The runs of one folder, and the launcher that works on them."""

    def __init__(self, root: Path, launcher: Launcher) -> None:
        self.root = root.absolute()
        self._launcher = launcher
        self._queue = RunQueue(self.root, launcher)

    def create(self, settings: Mapping[str, Any], device: str, name: str = "") -> Path:
        """Make a run folder with its settings and put it at the end of the queue.

        Args:
            settings: of the run (``TrainConfig.to_dict``), of a new one or of one that is to run
                again with changes; ``run_dir`` becomes the new folder.
            device: the device that it waits for.
            name: of the folder; by default the date and time.

        Raises:
            RunFolderError: the name is taken or no plain folder name.
        """
        folder = self._new_folder(name)
        layout.write_json(folder / layout.CONFIG, {**settings, "run_dir": str(folder)})
        self._queue.add(folder, device)
        return folder

    def resume(self, folder: Path, device: str) -> None:
        """Queue a run that has ended; it goes on from its last checkpoint.

        Raises:
            RunFolderError: it is no run of this folder, or it waits or goes on.
        """
        self._check(folder)
        self._queue.add(folder, device)

    def stop(self, folder: Path) -> None:
        """Stop a run after its current step, keeping the best so far; unqueue a waiting one.

        Does nothing where the run has ended. Raises RunFolderError where it is no run.
        """
        self._check(folder)
        if not self._queue.remove(folder) and self._goes_on(folder):
            self._launcher.stop(folder)

    def kill(self, folder: Path) -> None:
        """End a run at once; what it did since its last checkpoint is lost. Unqueue a waiting one.

        Raises:
            RunFolderError: it is no run, or its process cannot be ended from here.
        """
        self._check(folder)
        if self._queue.remove(folder) or not self._goes_on(folder):
            return
        self._launcher.kill(folder)
        words = "Stopped at once. Resume goes on from the last checkpoint."
        layout.write_end(folder, RunState.STOPPED, words)

    def delete(self, folder: Path) -> None:
        """Delete a run's folder with all that is in it.

        Raises:
            RunFolderError: it is no run of this folder, or it or work on its results goes on.
        """
        self._check(folder)
        refuse_busy(folder)
        if try_status(folder) is None and not (folder / layout.CHECKPOINTS).is_dir():
            raise RunFolderError(
                f"Only what a trainer has written is deleted. {folder} has neither a readable "
                f"{layout.STATUS} nor a folder {layout.CHECKPOINTS}. Look into it yourself."
            )
        # Renamed first: nobody finds half a run.
        aside = self.root / f".deleted-{folder.name}-{time.time_ns()}"
        self._queue.move_away(folder, aside)
        shutil.rmtree(aside)

    def poll(self) -> tuple[Path, ...]:
        """Start the runs whose turn it is and return their folders; see `RunQueue.poll`."""
        return self._queue.poll()

    def summaries(self) -> tuple[RunSummary, ...]:
        """Return all runs, sorted by the names of their folders."""
        places = self._queue.places()
        return tuple(_summary(folder, places) for folder in list_runs(self.root))

    def _goes_on(self, folder: Path) -> bool:
        status = try_status(folder)
        return status is not None and status.working

    def _new_folder(self, name: str) -> Path:
        name = name or datetime.now().strftime("%Y-%m-%d-%H%M%S")
        if Path(name).name != name or name.startswith(".") or not name.isprintable():
            raise RunFolderError(
                "A run's name is that of its folder, without slashes and with no dot before it. "
                f"Received: {name!r}. Choose another."
            )
        with layout.folder_errors(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
        try:
            (self.root / name).mkdir()
        except FileExistsError as error:
            raise RunFolderError(
                f"A run has a folder of its own. Received: {name}, which exists. Choose another "
                "name."
            ) from error
        return self.root / name

    def _check(self, folder: Path) -> None:
        """Refuse what is no run of this folder of runs."""
        if folder.absolute() not in list_runs(self.root) or folder.is_symlink():
            raise RunFolderError(
                f"A run is a folder in {self.root} that a trainer has written. Received: {folder}, "
                "which is none. Look at the list of runs."
            )


def _summary(folder: Path, places: Sequence[Place]) -> RunSummary:
    mine = next((place for place in places if place.run == folder.name), None)
    device = mine.device if mine else ""
    try:
        status = RunReader(folder).status()
    except RunFolderError as error:
        return RunSummary(folder, None, str(error), device)
    if mine is None or status.state is not RunState.QUEUED:
        return RunSummary(folder, status, device=device)
    before = places[: places.index(mine)]
    return RunSummary(folder, status, "", device, sum(p.device == device for p in before))
