"""``audit``: what a data folder holds, which files are bad, and what leaks between its splits."""

import argparse
import dataclasses
import json
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from brain_tumor.commands.status_dir import add_status_dir, reported
from brain_tumor.errors import DatasetError

if TYPE_CHECKING:
    from brain_tumor.data.audit_report import AuditReport


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the ``audit`` subcommand."""
    parser = subparsers.add_parser(
        "audit",
        help="count, check and compare the images of a data folder",
        description="Counts the images of a data folder, names damaged and misplaced files, and "
        "finds near-duplicates within and across its splits. Changes nothing in the folder.",
    )
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="the data folder")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON too")
    parser.add_argument(
        "--threshold",
        type=_cosine,
        metavar="COSINE",
        help="cosine above which two images are near-duplicates (default 0.99)",
    )
    parser.add_argument(
        "--pictures", type=Path, metavar="DIR", help="write contact sheets of the duplicates found"
    )
    parser.add_argument("--workers", type=_positive, metavar="N", help="threads (default: cores)")
    add_status_dir(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Audit the folder, print the report, and write what was asked for."""
    from brain_tumor.data.audit import run_audit
    from brain_tumor.data.audit_text import format_report
    from brain_tumor.data.duplicates import NEAR_DUPLICATE_COSINE

    _check_folder(args.json)
    with reported(args.status_dir) as watchers:
        report = run_audit(
            args.data,
            threshold=args.threshold or NEAR_DUPLICATE_COSINE,
            command=shlex.join(["python", "-m", "brain_tumor", *sys.argv[1:]]),
            notify=watchers.notify,
            workers=args.workers,
        )
        try:
            written = _write(args, report)
        except OSError as error:
            raise DatasetError(
                f"The report must be writable. {error}. Name another place."
            ) from error
    print(format_report(report))
    print(written, end="")
    return 0


def _write(args: argparse.Namespace, report: "AuditReport") -> str:
    """Write the files that were asked for; return what to say of them."""
    said = ""
    if args.json is not None:
        text = json.dumps(dataclasses.asdict(report), indent=1)
        args.json.write_text(text + "\n", encoding="utf-8")
        said += f"\nreport: {args.json}\n"
    if args.pictures is not None:
        from brain_tumor.data.audit_pictures import write_pictures
        from brain_tumor.data.dataset import read_dataset

        sheets = write_pictures(report, read_dataset(args.data), args.pictures)
        said += f"contact sheets: {len(sheets)} in {args.pictures}\n"
    return said


def _check_folder(file: Path | None) -> None:
    """Refuse a report that could not be written before the long work, not after it."""
    if file is not None and (file.is_dir() or not file.absolute().parent.is_dir()):
        raise DatasetError(
            f"--json must name a file in an existing folder. Received: {file}. "
            "Make the folder first, or name another place."
        )


def _cosine(text: str) -> float:
    value = float(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1, received {text}")
    return value


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be 1 or more, received {text}")
    return value
