"""Work of seconds to minutes that is watched as a run is, each a process with a folder of its own.

The folder holds status and log (`run_folder`), and what the work makes. Before a run that is the
audit of its data and a picture of its augmentation, which need SciPy and Keras: a server that
answers for people imports neither.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from brain_tumor.data.audit_report import AuditReport
from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.launcher import CPU, Launcher
from brain_tumor.jobs.run_reader import try_status
from brain_tumor.jobs.status import RunState, RunStatus

PICTURE: Final = "preview.png"
"""The picture of augmented images, in the folder of its task."""

_REPORT: Final = "audit.json"
_PICTURES: Final = "pictures"


def start_task(launcher: Launcher, folder: Path, command: Sequence[str]) -> None:
    """Start a subcommand that takes ``--status-dir``, with a folder that may exist from before.

    Raises:
        RunFolderError: it goes on already, or the folder's parent is gone.
        OSError: there is no room for it.
    """
    _refuse_working(folder)
    with layout.folder_errors(folder.parent):
        folder.mkdir(exist_ok=True)
        (folder / layout.LOG).unlink(missing_ok=True)  # of an earlier try
    layout.write_status(folder, RunStatus(RunState.QUEUED))
    launcher.start(folder, CPU, (*command, "--status-dir", str(folder)))


def start_audit(launcher: Launcher, folder: Path, data: Path) -> None:
    """Begin to audit a data folder; ``read_audit`` has the report once it has finished.

    Raises:
        RunFolderError: this audit goes on already.
    """
    _refuse_working(folder)
    (folder / _REPORT).unlink(missing_ok=True)  # of an earlier audit
    made = ("--json", str(folder / _REPORT), "--pictures", str(folder / _PICTURES))
    start_task(launcher, folder, ("audit", "--data", str(data), *made))


def read_audit(folder: Path) -> AuditReport | None:
    """Return the report of a finished audit; None while there is none.

    Raises:
        DatasetError: it was made by another version.
    """
    try:
        return AuditReport.from_dict(json.loads((folder / _REPORT).read_bytes()))
    except (OSError, ValueError):
        return None


def audit_pictures(folder: Path) -> tuple[Path, ...]:
    """Return the contact sheets of an audit.

    Disagreements come first, then groups across splits, then groups within one.
    """
    return tuple(sorted((folder / _PICTURES).glob("*.png"), key=_rank))


def start_preview(
    launcher: Launcher, folder: Path, data: Path, strength: float, seed: int = 0
) -> None:
    """Begin to draw ``PICTURE``: what augmentation makes of some images of a data folder.

    Raises:
        RunFolderError: this picture is being drawn already.
    """
    what = ("--augment", str(strength), "--seed", str(seed), "--to", str(folder / PICTURE))
    start_task(launcher, folder, ("preview", "--data", str(data), *what))


def _refuse_working(folder: Path) -> None:
    status = try_status(folder)
    if status is not None and status.working:
        raise RunFolderError(f"This goes on already: {folder.name}. Wait for its end.")


def _rank(path: Path) -> tuple[bool, str]:
    return not path.name.startswith("disagreement"), path.name
