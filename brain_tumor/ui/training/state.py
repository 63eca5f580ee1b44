"""The runs that this server knows, and which of them a session looks at."""

import hashlib
import os
import shutil
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

import streamlit as st

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import tasks
from brain_tumor.jobs.launcher import Launcher, LocalLauncher
from brain_tumor.jobs.runs import Runs
from brain_tumor.model.bundle_store import service_store
from brain_tumor.model.bundle_zip import unpack_bundle
from brain_tumor.ui.training.live import SharedList

RUNS_VARIABLE: Final = "BRAIN_TUMOR_RUNS"
"""Environment variable that names another folder of runs than ``runs/`` beside the app."""

DEFAULT_FOLDER: Final = Path(__file__).resolve().parents[3] / "runs"

COMPARISON: Final = "/compare"
"""Stands for the comparison of runs; no run is called so."""

_CHOSEN: Final = "chosen-run"
_POLL_EVERY: Final = 2.0


def runs_folder() -> Path:
    """Return the folder that holds the runs."""
    named = os.environ.get(RUNS_VARIABLE)
    return Path(named) if named else DEFAULT_FOLDER


def data_folder() -> Path:
    """Return the folder that data sets are unpacked into."""
    return runs_folder() / ".data"


def task_folder(kind: str, what: str) -> Path:
    """Return the folder of a short task on something; the same for all who ask the same."""
    digest = hashlib.sha256(what.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    folder = runs_folder() / ".tasks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{kind}-{digest}"


def upload_limit() -> str:
    """Say how large an uploaded file may be, and who can raise that."""
    return (
        f"Up to {st.get_option('server.maxUploadSize')} MB; whoever runs the server can raise "
        "server.maxUploadSize."
    )


def free_name(folder: Path) -> Path:
    """Return the folder's name, with a number where it is taken."""
    numbered = (folder.with_name(f"{folder.name}-{number}") for number in range(2, 10_000))
    return next(one for one in (folder, *numbered) if not one.exists())


def get_runs() -> Runs:
    """Return the runs, whose queue is looked after for as long as the server lives."""
    return _runs(str(runs_folder()))


def get_list() -> SharedList:
    """Return the list of runs that all sessions share."""
    return _list(str(runs_folder()))


@st.cache_resource(show_spinner=False)
def _list(folder: str) -> SharedList:
    return SharedList(_runs(folder))


@st.cache_resource(show_spinner=False)
def get_launcher() -> Launcher:
    """Return what starts and ends trainers: processes of this machine, today."""
    return LocalLauncher()


def start_serving(data: bytes, folder: Path) -> None:
    """Begin to put the bundle of an uploaded ZIP archive into service.

    A process of its own tries it: the server never holds a second network.

    Args:
        data: the archive.
        folder: of the task, to watch.

    Raises:
        ArchiveError: the archive is damaged or beyond the limits.
        WeightsError: it holds no bundle that fits this code.
        RunFolderError: another one is being put into service.
        OSError: there is no room for it.
    """
    bundle = folder.with_name(f"{folder.name}-bundle")
    shutil.rmtree(bundle, ignore_errors=True)  # of an earlier upload; what serves is a copy
    unpack_bundle(data, bundle)
    command = ("deploy", "--bundle", str(bundle), "--service", str(service_store().root))
    tasks.start_task(get_launcher(), folder, command)


@st.cache_resource(show_spinner=False)
def _runs(folder: str) -> Runs:
    runs = Runs(Path(folder), get_launcher())
    # A run whose turn comes at night must not wait for a visitor.
    threading.Thread(target=_look_after, args=(runs,), name="run-queue", daemon=True).start()
    return runs


def _look_after(runs: Runs) -> None:
    while True:
        # Another server may have the queue, or its folder may be gone: the next look will tell.
        with suppress(RunFolderError):
            runs.poll()
        time.sleep(_POLL_EVERY)


def chosen() -> str | None:
    """Return the name of the run that the session looks at; None for the form of a new one."""
    name: str | None = st.session_state.get(_CHOSEN)
    return name


def choose(name: str | None) -> None:
    """Look at a run, or at the form of a new one."""
    st.session_state[_CHOSEN] = name
