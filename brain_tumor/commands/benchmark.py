"""``benchmark``: seconds and memory an answer takes, beside Grad-CAM as tutorials write it."""

import argparse
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from brain_tumor.commands.evaluate import portable_command
from brain_tumor.commands.progress import StageProgress
from brain_tumor.errors import BrainTumorError, DatasetError, EngineError

_ASSETS: Final = Path(__file__).resolve().parents[2] / "assets"


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the ``benchmark`` subcommand."""
    parser = subparsers.add_parser(
        "benchmark",
        help="time answers, beside model.predict with a GradientTape Grad-CAM",
        description="Times, on the CPU and with the same weights, this project's way from a file's "
        "bytes to class and heat map, and the way tutorials write it: model.predict and a "
        "tf.GradientTape. Each runs in one process of its own; they take turns scan by scan.",
    )
    parser.add_argument(
        "--render",
        type=Path,
        metavar="README",
        help="measure nothing: write the report named by --json, as a table, between the lines "
        "'<!-- benchmark:start -->' and '<!-- benchmark:end -->' of this text",
    )
    parser.add_argument(
        "--images",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="image files, or folders of them (default: the samples in assets/)",
    )
    parser.add_argument(
        "--repeats", type=_positive, default=10, metavar="N", help="rounds over the images (10)"
    )
    parser.add_argument(
        "--cold-starts", type=_positive, default=3, metavar="N", help="processes started a way (3)"
    )
    parser.add_argument(
        "--scans",
        type=_positive,
        default=50,
        metavar="N",
        help="scans that a process has answered when its peak memory is read (50)",
    )
    parser.add_argument(
        "--no-tutorial", action="store_true", help="measure this project alone, without TensorFlow"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON too")
    parser.add_argument(
        "--models", type=Path, metavar="DIR", help="the bundle to run (default: the shipped one)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure, print the table, and write the report if asked to."""
    from brain_tumor.evaluation.benchmark import Plan, measure
    from brain_tumor.evaluation.benchmark_process import ProcessWorker
    from brain_tumor.evaluation.benchmark_text import origin, record, table
    from brain_tumor.model.bundle import open_bundle

    if args.render is not None:
        return _render(args.render, args.json)
    _check(args)
    bundle = open_bundle(args.models)
    images = find_images(args.images or sample_scans())
    plan = Plan(args.repeats, args.cold_starts, args.scans, not args.no_tutorial)
    begun = origin(bundle.info.weights_hash, portable_command(sys.argv[1:]))
    progress = StageProgress()
    try:
        costs = measure(images, plan, lambda way: ProcessWorker(way, bundle.folder), progress)
    finally:
        progress.close()
    report = record(costs, plan, images, begun)
    print(table(report))
    if args.json is not None:
        args.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        print(f"\nreport: {args.json}")
    return 0


def sample_scans() -> list[Path]:
    """Return the sample scans that come with the repository."""
    return sorted(_ASSETS.glob("sample-*.jpg"))


def find_images(paths: Sequence[Path]) -> list[Path]:
    """Return the image files among the paths and in the folders among them, in order.

    Raises:
        DatasetError: a path does not exist, or there is no image.
    """
    from brain_tumor.imaging.decode import EXTENSIONS

    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if p.suffix.lower() in EXTENSIONS)
        elif path.is_file():
            found.append(path)
        else:
            raise DatasetError(f"--images must name files or folders. There is nothing at {path}.")
    if not found:
        received = ", ".join(map(str, paths)) or "no sample scans in assets/"
        raise DatasetError(
            f"--images must name at least one image ({', '.join(EXTENSIONS)}). "
            f"Received: {received}. Name image files, or folders that hold some."
        )
    return found


def _render(readme: Path, report: Path | None) -> int:
    from brain_tumor.evaluation.benchmark_text import END, START, table
    from brain_tumor.evaluation.readme import update_between

    if report is None:
        raise BrainTumorError("--render needs the report to render. Name it with --json FILE.")
    try:
        text = table(json.loads(report.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrainTumorError(
            f"--json must name a report of `benchmark`. Received: {report} "
            f"({type(error).__name__}: {error}). Make one with --json and without --render."
        ) from error
    changed = update_between(readme, START, END, text)
    print(f"{readme}: {'written' if changed else 'as it was'}")
    return 0


def _check(args: argparse.Namespace) -> None:
    """Refuse what would fail after the long work, before it."""
    if args.json is not None and (args.json.is_dir() or not args.json.absolute().parent.is_dir()):
        raise DatasetError(
            f"--json must name a file in an existing folder. Received: {args.json}. "
            "Make the folder first, or name another place."
        )
    if not args.no_tutorial and importlib.util.find_spec("tensorflow") is None:
        raise EngineError(
            "The tutorial's way needs TensorFlow, which is not installed: "
            "pip install -e '.[train]', or measure this project alone with --no-tutorial."
        )


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, received {text}")
    return value
