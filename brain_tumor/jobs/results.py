"""What becomes of a run's best weights: a bundle, its evaluation, its way into service.

Each is work of minutes that needs Keras or many images, so each is a process of its own with a
folder of its own in the run's, which is read as a run folder is: status, log, and LOST where the
process is gone.

    RUN/bundle/       the exported bundle, and its evaluation.json
    RUN/export/       status and log of the export
    RUN/evaluation/   of the evaluation
    RUN/baseline/     of evaluating the model in service on the run's data
    RUN/deployment/   of putting it into service (which exports first where that was not done)
    RUN/baseline.json the evaluation of the model that was in service
"""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from brain_tumor.errors import RunFolderError
from brain_tumor.jobs import layout
from brain_tumor.jobs.launcher import Launcher
from brain_tumor.jobs.run_reader import try_status
from brain_tumor.jobs.status import RunStatus
from brain_tumor.jobs.tasks import start_task

EVALUATION_FILE: Final = "evaluation.json"
_RECORD: Final = "bundle.json"
_BASELINE_FILE: Final = "baseline.json"


class Work(StrEnum):
    """What can be done with a run's weights; the value is the folder's name."""

    EXPORT = "export"
    EVALUATION = "evaluation"
    BASELINE = "baseline"
    DEPLOYMENT = "deployment"


def bundle_of(run: Path) -> Path:
    """Return where the bundle of a run is kept."""
    return run / "bundle"


def is_exported(run: Path) -> bool:
    """Whether the run's bundle is that of its best weights: a resumed run may have found better."""
    record, best = bundle_of(run) / _RECORD, run / layout.CHECKPOINTS / "best.npz"
    if not record.is_file():
        return False
    return not best.is_file() or best.stat().st_mtime <= record.stat().st_mtime


def read_evaluation(bundle: Path) -> dict[str, Any] | None:
    """Return the evaluation that lies beside a bundle, if it was made of these weights.

    It is ``EvaluationReport.to_dict``; None where there is none, or one of other weights.
    """
    return _read_report(bundle / EVALUATION_FILE, bundle)


def read_baseline(run: Path, serving: Path) -> dict[str, Any] | None:
    """Return the evaluation of a serving bundle on a run's data; None as ``read_evaluation``."""
    return _read_report(run / _BASELINE_FILE, serving)


def _read_report(file: Path, bundle: Path) -> dict[str, Any] | None:
    try:
        record = json.loads((bundle / _RECORD).read_bytes())
        report = json.loads(file.read_bytes())
        same = report["weights_hash"] == record["weights_hash"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return report if same and isinstance(report, dict) else None


def same_weights(one: Path, other: Path) -> bool:
    """Whether two bundles hold the same weights; not where either cannot be read."""
    found = []
    for bundle in (one, other):
        try:
            found.append(json.loads((bundle / _RECORD).read_bytes())["weights_hash"])
        except (OSError, ValueError, KeyError, TypeError):
            return False
    return bool(found[0] == found[1])


def start_export(launcher: Launcher, run: Path) -> Path:
    """Begin to export a run's best weights; return the folder to watch.

    Raises:
        RunFolderError: the run has no best weights yet, or is being exported already.
    """
    _need_weights(run)
    command = ("export", "--run-dir", str(run), "--to", str(bundle_of(run)))
    return _start(launcher, run, Work.EXPORT, command)


def start_evaluation(launcher: Launcher, run: Path, data: Path) -> Path:
    """Begin to evaluate a run's bundle on a data folder; return the folder to watch.

    Raises:
        RunFolderError: the run has not been exported, or is being evaluated already.
    """
    if not is_exported(run):
        raise RunFolderError(
            f"What is evaluated is the bundle that would serve. {run.name} has none of its best "
            "weights yet. Export it first."
        )
    bundle = bundle_of(run)
    command = _evaluation(bundle, data, bundle / EVALUATION_FILE)
    return _start(launcher, run, Work.EVALUATION, command)


def start_baseline(launcher: Launcher, run: Path, data: Path, serving: Path) -> Path:
    """Begin to evaluate the bundle in service on a run's data; return the folder to watch.

    Raises:
        RunFolderError: work on the run's weights goes on already.
    """
    command = _evaluation(serving, data, run.absolute() / _BASELINE_FILE)
    return _start(launcher, run, Work.BASELINE, command)


def _evaluation(bundle: Path, data: Path, file: Path) -> tuple[str, ...]:
    command = ("evaluate", "--data", str(data), "--models", str(bundle), "--engine", "openvino")
    return (*command, "--json", str(file), "--no-float32")


def start_deployment(launcher: Launcher, run: Path, service: Path) -> Path:
    """Begin to put a run's best weights into service; return the folder to watch.

    Args:
        launcher: starts the process.
        run: the run folder.
        service: the folder of the ``BundleStore``.

    Raises:
        RunFolderError: the run has no best weights yet, or is on its way already.
    """
    _need_weights(run)
    command = ("deploy", "--run-dir", str(run), "--service", str(service))
    return _start(launcher, run, Work.DEPLOYMENT, command)


def work_status(run: Path, work: Work) -> RunStatus | None:
    """Return how a work on a run's weights goes; None where it was never begun."""
    return try_status(run / work)


def refuse_busy(run: Path) -> None:
    """Refuse where any work on a run's weights goes on.

    Raises:
        RunFolderError: it does.
    """
    for work in Work:
        status = work_status(run, work)
        if status is not None and status.working:
            raise RunFolderError(
                f"The {work} of {run.name} goes on. Wait for it: it takes minutes."
            )


def _need_weights(run: Path) -> None:
    if not (run / layout.CHECKPOINTS / "best.npz").is_file():
        raise RunFolderError(
            f"A run has weights to keep once it has finished an epoch. {run.name} has none yet. "
            "Wait for its first validation."
        )


def _start(launcher: Launcher, run: Path, work: Work, command: Sequence[str]) -> Path:
    refuse_busy(run)
    folder = run.absolute() / work
    start_task(launcher, folder, command)
    return folder
