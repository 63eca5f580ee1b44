"""``gate``: fit what tells scans from other pictures, and the index of similar cases."""

import argparse
import sys
from pathlib import Path

from brain_tumor.commands.progress import StageProgress
from brain_tumor.errors import BrainTumorError


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the ``gate`` subcommand."""
    parser = subparsers.add_parser(
        "gate",
        help="fit the gate and the index of similar cases for a bundle, and measure both",
        description="Puts the data set's scans and many pictures that are no scans through the "
        "network, fits a judge that tells them apart, measures it on pictures it has not seen, and "
        "writes it beside the weights, with an index of the training scans for similar cases.",
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="the data folder")
    parser.add_argument("--models", type=Path, metavar="DIR", help="the bundle (default: shipped)")
    parser.add_argument(
        "--pictures",
        type=Path,
        metavar="DIR",
        help="more pictures that are no scans: a folder of image files for each family; those "
        "whose names begin with 'photographs' count as photographs",
    )
    parser.add_argument(
        "--work",
        type=Path,
        metavar="FILE",
        help="an .npz file (800 MB) that keeps what the network said, for another fit",
    )
    parser.add_argument(
        "--render",
        type=Path,
        metavar="FILE",
        help="write the figures of --json between the marker lines of a text, such as README.md",
    )
    parser.add_argument(
        "--json",
        type=Path,
        metavar="FILE",
        help="with --render: the evaluation (default: the bundle's gate-evaluation.json)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Fit, measure and write; or, without --data, render a committed evaluation."""
    from brain_tumor.model.bundle import DEFAULT_FOLDER

    if args.data is None and args.render is None:
        raise BrainTumorError("gate needs something to do: --data DIR, or --render FILE.")
    if args.data is not None:
        _make(args)
    if args.render is not None:
        from brain_tumor.gate.make import EVALUATION_FILE
        from brain_tumor.gate.tables import update_readme

        evaluation = args.json or (args.models or DEFAULT_FOLDER) / EVALUATION_FILE
        changed = update_readme(args.render, evaluation)
        print(f"{args.render}: {'written' if changed else 'as it was'}")
    return 0


def _make(args: argparse.Namespace) -> None:
    from brain_tumor.commands.evaluate import portable_command
    from brain_tumor.gate.make import make_gate
    from brain_tumor.gate.tables import gate_tables
    from brain_tumor.model.bundle import open_bundle
    from brain_tumor.model.engine import load_engine
    from brain_tumor.pipeline import Classifier

    bundle = open_bundle(args.models)
    classifier = Classifier(bundle, load_engine(bundle, "openvino"))  # any old gate is left aside
    progress = StageProgress()
    try:
        record = make_gate(
            classifier,
            args.data,
            args.pictures,
            work=args.work,
            command=portable_command(sys.argv[1:]),
            notify=progress,
        )
    finally:
        progress.close()
    print(gate_tables(record))
