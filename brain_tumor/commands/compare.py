"""``python -m brain_tumor compare``: training runs side by side."""

import argparse
import json
from pathlib import Path
from typing import Any

START = "<!-- comparison:start -->"
END = "<!-- comparison:end -->"


def add_parser(subparsers: Any) -> None:
    """Attach the subcommand."""
    parser = subparsers.add_parser(
        "compare",
        help="set training runs side by side",
        description="Set training runs side by side: the settings that differ, and what each "
        "reached on its validation images at its best epoch, best first.",
    )
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN_DIR", help="folder of a run")
    parser.add_argument(
        "--epoch", type=int, metavar="N", help="compare at this epoch instead of each run's best"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the comparison there")
    parser.add_argument(
        "--render",
        type=Path,
        metavar="TEXT",
        help="instead, write the table of the file named with --json between "
        f"'{START}' and '{END}' of a text",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the table, or write it into a text."""
    from brain_tumor.errors import BrainTumorError
    from brain_tumor.evaluation.readme import update_between
    from brain_tumor.jobs.compare import compare_runs, comparison_table

    if args.render:
        if not args.json:
            raise BrainTumorError("--render needs the comparison. Name its file with --json.")
        record = json.loads(args.json.read_text(encoding="utf-8"))
        update_between(args.render, START, END, comparison_table(record))
        return 0
    names = " ".join(folder.name for folder in args.runs)
    at = "" if args.epoch is None else f" --epoch {args.epoch}"
    command = f"python -m brain_tumor compare {names}{at}"
    record = compare_runs(args.runs, command, args.epoch).to_dict()
    if args.json:
        args.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(comparison_table(record))
    return 0
