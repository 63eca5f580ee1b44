"""``preview``: a picture of what augmentation makes of some training images."""

import argparse
import os
from pathlib import Path

from brain_tumor.commands.status_dir import add_status_dir, reported


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the ``preview`` subcommand."""
    parser = subparsers.add_parser(
        "preview",
        help="draw what augmentation makes of some training images",
        description="Writes a picture: in each row a training image as the network reads it, then "
        "as training might see it, with the tumour's outline where there is one.",
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder")
    parser.add_argument("--to", type=Path, required=True, metavar="FILE", help="PNG to write")
    parser.add_argument("--augment", type=float, default=1.0, metavar="X", help="strength")
    parser.add_argument("--seed", type=int, default=0, help="another seed shows other images")
    add_status_dir(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw and write the picture."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    from brain_tumor.errors import DatasetError, TrainingError
    from brain_tumor.model.engine_keras import choose_backend
    from brain_tumor.training.config import TrainConfig

    with reported(args.status_dir):
        for name, reason in TrainConfig.problems_of(
            {"augment": args.augment, "seed": args.seed}
        ).items():
            raise TrainingError(f"{name} {reason}")
        choose_backend()
        from PIL import Image

        from brain_tumor.training.preview import augmented_sheet

        sheet = augmented_sheet(args.data, args.augment, args.seed)
        try:
            Image.fromarray(sheet).save(args.to, "PNG")
        except OSError as error:
            raise DatasetError(
                f"The picture must be writable. {args.to}: {error.strerror}."
            ) from error
    print(args.to)
    return 0
