"""``teaching-subset``: a small data folder to show training with."""

import argparse
from pathlib import Path


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the ``teaching-subset`` subcommand."""
    parser = subparsers.add_parser(
        "teaching-subset",
        help="make a small data folder to show training with",
        description="Makes a data folder with a few images a class, none a copy of another, from a "
        "data set, or unpacks the one that comes with this project. It shows how training goes; "
        "what a network learns from it is worth nothing.",
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="the data set (default: the subset in assets/)"
    )
    parser.add_argument(
        "--to", type=Path, required=True, metavar="DIR", help="new folder, or new file.zip"
    )
    parser.add_argument(
        "--per-class", type=int, metavar="N", help="training images of each class (default 16)"
    )
    parser.add_argument("--seed", type=int, default=0, help="another seed takes other images")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Make the folder and say what it holds."""
    from brain_tumor.data.dataset import TESTING, TRAINING
    from brain_tumor.data.teaching import PER_CLASS, unpack_shipped, write_teaching_subset
    from brain_tumor.errors import DatasetError

    if args.data is not None:
        count = PER_CLASS if args.per_class is None else args.per_class
        dataset = write_teaching_subset(args.data, args.to, count, seed=args.seed)
    elif args.per_class is not None:
        raise DatasetError("--per-class chooses from a data set. Name it with --data DIR.")
    else:
        dataset = unpack_shipped(args.to).dataset
    counts = ", ".join(f"{name} {len(dataset.split(name))}" for name in (TRAINING, TESTING))
    outlined = sum(item.mask is not None for item in dataset.items)
    print(f"{args.to}: {counts} images, with an outline: {outlined}")
    return 0
