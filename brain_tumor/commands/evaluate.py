"""``evaluate``: how good the weights are on a data folder, with what each figure rests on."""

import argparse
import importlib.util
import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from brain_tumor.commands.status_dir import add_status_dir, reported
from brain_tumor.errors import BrainTumorError

if TYPE_CHECKING:
    from brain_tumor.evaluation.evaluate import Evaluation


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the ``evaluate`` subcommand."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure the weights on a data folder",
        description="Measures the weights on the test split of a data folder, as it is and without "
        "copies of training images; how well the probabilities can be believed; where the heat "
        "maps point on validation images with outlines; and what int8 costs against float32.",
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", type=Path, metavar="DIR", help="the data folder")
    what.add_argument(
        "--render",
        type=Path,
        metavar="README",
        help="measure nothing: write the tables of the report named by --json between the lines "
        "'<!-- results:start -->' and '<!-- results:end -->' of this text",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON too")
    parser.add_argument(
        "--predictions",
        type=Path,
        metavar="FILE",
        help="write each judged image's label and probabilities, as JSON lines",
    )
    parser.add_argument(
        "--engine",
        choices=("auto", "openvino", "keras"),
        default="auto",
        help="what runs the network (default: keras where it sees a GPU, else openvino)",
    )
    parser.add_argument(
        "--models", type=Path, metavar="DIR", help="folder of the weights (default: models/)"
    )
    parser.add_argument(
        "--no-float32",
        action="store_true",
        help="leave out the comparison of int8 with float32, which needs keras and tensorflow",
    )
    add_status_dir(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate, print the tables, and write what was asked for."""
    if args.render is not None:
        return _render(args.render, args.json)
    _check_files(args)
    if importlib.util.find_spec("sklearn") is None:
        raise BrainTumorError(
            "evaluate needs the package scikit-learn, which is not installed: "
            "pip install -e '.[train]'."
        )
    from brain_tumor.evaluation.evaluate import run_evaluation
    from brain_tumor.evaluation.float32 import Float32Engine
    from brain_tumor.evaluation.tables import results_table
    from brain_tumor.pipeline import load_classifier

    with reported(args.status_dir) as watchers:
        evaluation = run_evaluation(
            args.data,
            load_classifier(args.models, args.engine),
            command=portable_command(sys.argv[1:]),
            float32=None if args.no_float32 else Float32Engine,
            notify=watchers.notify,
        )
        _write(args, evaluation)
    print(results_table(evaluation.report.to_dict()))
    return 0


def portable_command(arguments: list[str]) -> str:
    """Return the command line with folders by their last name: where they lie is nobody's business.

    The report is meant to be published.
    """
    return shlex.join(["python", "-m", "brain_tumor", *map(_without_place, arguments)])


def _without_place(word: str) -> str:
    option, equals, value = word.partition("=")
    if word.startswith("--") and equals:
        return f"{option}={_without_place(value)}"
    path = Path(word)
    return path.name if path.is_absolute() or ".." in path.parts else word


def _render(readme: Path, report: Path | None) -> int:
    from brain_tumor.evaluation.tables import update_readme

    if report is None:
        raise BrainTumorError("--render needs the report to render. Name it with --json FILE.")
    changed = update_readme(readme, report)
    print(f"{readme}: {'written' if changed else 'as it was'}")
    return 0


def _check_files(args: argparse.Namespace) -> None:
    """Refuse a file that could not be written before the long work, not after it."""
    for option, file in (("--json", args.json), ("--predictions", args.predictions)):
        if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
            raise BrainTumorError(
                f"{option} must name a file in an existing folder. Received: {file}. "
                "Make the folder first, or name another place."
            )


def _write(args: argparse.Namespace, evaluation: "Evaluation") -> None:
    try:
        if args.json is not None:
            text = json.dumps(evaluation.report.to_dict(), indent=1)
            args.json.write_text(text + "\n", encoding="utf-8")
        if args.predictions is not None:
            with args.predictions.open("w", encoding="utf-8") as file:
                for one in evaluation.predictions:
                    record = asdict(one)
                    record["probabilities"] = [round(p, 6) for p in one.probabilities]
                    file.write(json.dumps(record) + "\n")
    except OSError as error:
        raise BrainTumorError(
            f"The report must be writable. {error}. Name another place."
        ) from error
