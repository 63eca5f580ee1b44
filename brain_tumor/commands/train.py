"""``train``: train a network on a data folder, or go on with a run that was stopped."""

import argparse
import importlib.util
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from brain_tumor.commands.train_options import add_settings
from brain_tumor.errors import BrainTumorError, DatasetError, RunFolderError, TrainingError
from brain_tumor.training.config import WEIGHTS_CHOICES, TrainConfig
from brain_tumor.training.observer import Observer

if TYPE_CHECKING:
    from tqdm import tqdm

    from brain_tumor.training.checkpoint import Progress

BACKENDS: Final = ("tensorflow", "jax", "torch")
_PATHS: Final = ("data", "run_dir", "validation_list")
_KEPT_ON_RESUME: Final = ("data", "run_dir")


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the ``train`` subcommand."""
    parser = subparsers.add_parser(
        "train",
        help="train a network on a data folder, or resume a run",
        description="Trains a network; settings, status, metrics, log and checkpoints go to the "
        "run folder. Ctrl-C, SIGTERM or a file named 'stop' in the run folder stops the run after "
        "the current step with a checkpoint. Exit status: 0 finished or stopped, 1 failed, 2 not "
        "started.",
        epilog="The images of a Testing folder are never looked at, save for their copies by "
        "--leave-out-leaks.",
    )
    parser.add_argument(
        "--data", metavar="DIR", help="the data folder; needed unless a run is resumed"
    )
    parser.add_argument("--run-dir", required=True, metavar="DIR", help="the run folder")
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the run in the run folder, with its settings",
    )
    parser.add_argument(
        "--backend", choices=BACKENDS, help="Keras' backend (default: the first that is installed)"
    )
    parser.add_argument(
        "--quiet",
        action="store_true",
        help="print nothing but errors before the start: the run is watched through its folder",
    )
    add_settings(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train; return 0 for a finished or stopped run, 1 for a failed one."""
    try:
        config = read_settings(args)
        use_backend(args.backend)
    except BrainTumorError as error:
        if args.resume:
            _tell_folder(Path(args.run_dir), error)
        raise
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # TensorFlow's greetings
    from brain_tumor.jobs.run_folder import RunState
    from brain_tumor.training.failures import RunFailedError
    from brain_tumor.training.trainer import train

    observer = Observer() if args.quiet else ProgressBar()
    try:
        state = train(config, resume=args.resume, observer=observer)
    except RunFailedError as error:
        if not args.quiet:
            print(f"failed ({error.reason}): {error}", file=sys.stderr)
        return 1
    finally:
        observer.close()
    if args.quiet:
        return 0
    if state is RunState.STOPPED:
        print(f"stopped; go on with: python -m brain_tumor train --run-dir {args.run_dir} --resume")
    else:
        print(f"finished; the best weights: {config.checkpoint('best')}")
    return 0


def _tell_folder(folder: Path, error: BrainTumorError) -> None:
    """Write why a run that was started for its watchers has not begun."""
    from brain_tumor.jobs.layout import write_end
    from brain_tumor.jobs.run_folder import RunState
    from brain_tumor.training.failures import explain_failure

    failure = explain_failure(error)
    with suppress(RunFolderError):  # there is no run, or it is another process's
        write_end(folder, RunState.FAILED, str(failure), failure.reason)


def read_settings(args: argparse.Namespace) -> TrainConfig:
    """Return the settings that the options give, or those of the run to be resumed.

    Raises:
        TrainingError: an option does not go with the others, or has a value out of range.
        DatasetError: the data folder is missing.
        RunFolderError: there is no run to resume.
    """
    known = {field.name for field in fields(TrainConfig)}
    given = {key: value for key, value in vars(args).items() if key in known and value is not None}
    for name in _PATHS:
        if name in given:
            given[name] = str(Path(given[name]).expanduser().absolute())
    if args.resume:
        others = sorted(set(given) - set(_KEPT_ON_RESUME))
        if others:
            names = ", ".join(f"--{name.replace('_', '-')}" for name in others)
            raise TrainingError(
                f"A resumed run keeps its settings. Received: {names}. Leave these options out, "
                "or start a new run from the best weights so far with --weights."
            )
        config = TrainConfig.of_run(Path(given["run_dir"]), given.get("data"))
    else:
        if "data" not in given:
            raise TrainingError("A new run needs --data DIR. Received: no data folder.")
        if given.get("weights", "imagenet") not in WEIGHTS_CHOICES:
            given["weights"] = _weights_path(given["weights"])
        config = TrainConfig(**given)
        config.refuse_used_folder()
    if not Path(config.data).is_dir():
        raise DatasetError(
            f"The data folder must exist. Received: {config.data}. Name it with --data."
        )
    return config


def _weights_path(text: str) -> str:
    path = Path(text).expanduser().absolute()
    if not path.exists():
        raise TrainingError(
            f"--weights is one of {', '.join(WEIGHTS_CHOICES)} or an existing file. "
            f"Received: {text}"
        )
    return str(path)


def use_backend(name: str | None) -> None:
    """Choose Keras' backend by the variable that Keras reads when it is imported.

    Raises:
        TrainingError: the backend is not installed, or Keras runs on another already.
        EngineError: Keras or every backend of it is missing.
    """
    from brain_tumor.model.engine_keras import choose_backend

    if name is None:
        choose_backend()
        return
    if importlib.util.find_spec(name) is None:
        raise TrainingError(
            f"The backend must be installed. Received: --backend {name}, which is not: "
            f"pip install {name}, or name another of {', '.join(BACKENDS)}."
        )
    os.environ["KERAS_BACKEND"] = name


class ProgressBar(Observer):
    """Shows steps, loss and speed on standard error, and the lines of the log above the bar."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def say(self, text: str) -> None:
        """Print a line of the log above the bar."""
        from tqdm import tqdm

        tqdm.write(text, file=sys.stderr)

    def step(self, progress: "Progress", total: int, values: Mapping[str, float]) -> None:
        """Move the bar."""
        from tqdm import tqdm

        if self._bar is None:
            start = progress.step - 1
            self._bar = tqdm(total=total, initial=start, unit="step", file=sys.stderr)
        shown = {
            "loss": f"{values.get('loss', float('nan')):.4f}",
            "images/s": f"{values.get('images_per_second', 0.0):.1f}",
        }
        self._bar.set_description(f"epoch {progress.epoch + 1}", refresh=False)
        self._bar.set_postfix(shown, refresh=False)
        self._bar.update(progress.step - self._bar.n)

    def close(self) -> None:
        """End the bar that is shown, if any."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
