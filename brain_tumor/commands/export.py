"""``python -m brain_tumor export``: a bundle from a training run."""

import argparse
import os
from pathlib import Path
from typing import Any

from brain_tumor.commands.status_dir import add_status_dir, reported


def add_parser(subparsers: Any) -> None:
    """Attach the subcommand."""
    parser = subparsers.add_parser(
        "export",
        help="make a bundle for serving from a training run",
        description="Make a bundle from a run's best weights: quantise to int8 on training images, "
        "fit the temperature and the review threshold on the run's validation images, and compare "
        "float32 with int8. Where int8 loses more than 0.2 points, less is quantised.",
    )
    parser.add_argument("--run-dir", type=Path, required=True, help="folder of the training run")
    parser.add_argument("--to", type=Path, required=True, help="folder to write the bundle to")
    parser.add_argument("--data", type=Path, help="data folder, if no longer the run's own")
    parser.add_argument(
        "--no-keras",
        action="store_true",
        help="leave the Keras weights out (no fine-tuning, no GPU serving from this bundle)",
    )
    add_status_dir(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Export, then print what quantisation cost."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from brain_tumor.training.export_run import export_run

    command = f"python -m brain_tumor export --run-dir {args.run_dir.name} --to {args.to.name}"
    with reported(args.status_dir) as watchers:
        report = export_run(
            args.run_dir,
            args.to,
            data=args.data,
            with_keras=not args.no_keras,
            command=command,
            say=watchers.say,
        )
    images = len(report.info.training["validation_images"])
    print(f"validation images   {images}")
    print("                    float32   int8")
    for name in ("accuracy", "loss", "pointing", "inside"):
        values = (report.float32[name], report.int8[name])
        row = "".join(f"{'none' if v is None else format(v, '.4f'):>10}" for v in values)
        print(f"{name:<17}{row}")
    print(f"same class          {report.same_class:.4f}")
    print(f"temperature         {report.info.temperature:.4f}")
    print(f"review threshold    {report.info.review_threshold:.4f}")
    print(f"weights             {report.info.weights_hash}")
    return 0
