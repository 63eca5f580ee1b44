"""Command line: ``python -m brain_tumor COMMAND``."""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

from brain_tumor import __version__
from brain_tumor.commands import COMMANDS
from brain_tumor.errors import BrainTumorError

_TRAINING_PACKAGES: Final = frozenset(
    {"keras", "matplotlib", "nncf", "scipy", "sklearn", "tensorboard", "tensorflow"}
)
"""Modules that requirements.txt leaves to the extra ``train``."""


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every subcommand attached."""
    parser = argparse.ArgumentParser(
        prog="python -m brain_tumor",
        description="Brain tumour classification of MRI slices. A demonstrator, "
        "not a medical device.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; return its exit status (2 for a mistake the user can mend)."""
    args = build_parser().parse_args(argv)
    try:
        return int(args.run(args))
    except BrainTumorError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _TRAINING_PACKAGES:
            raise
        print(
            f"error: {args.command} needs packages that serving does without, among them {package},"
            " which is not installed: pip install -e '.[train]'",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
