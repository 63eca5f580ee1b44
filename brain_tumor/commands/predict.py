"""``predict``: the class of each image file, as a table or as JSON lines for other programs."""

import argparse
import codecs
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from brain_tumor.errors import BrainTumorError

if TYPE_CHECKING:
    from brain_tumor.prediction import FilePrediction

_MAX_NAME = 60  # characters of the table's first column; longer names push their line to the right


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the ``predict`` subcommand."""
    parser = subparsers.add_parser(
        "predict",
        help="classify image files",
        description="Classifies PNG, JPEG, TIFF, BMP and WebP images of MRI slices. A file that "
        "cannot be read does not stop the others. Exit status: 0, or 1 if any file failed, or 2 "
        "if nothing could be done.",
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help="image files")
    parser.add_argument(
        "--from-file",
        metavar="LIST",
        help="also read names from this file, one a line ('-': standard input)",
    )
    parser.add_argument(
        "--format",
        choices=("table", "json"),
        default="table",
        help="a table (default), or one JSON object a line",
    )
    parser.add_argument(
        "--heatmaps",
        type=Path,
        metavar="DIR",
        help="write each image's Grad-CAM there: NNNNN-NAME.npy, float32, of the image's size",
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
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print a line for each file; return 1 if any failed."""
    files = [*args.paths, *_listed(args.from_file)]
    if not files and args.from_file is None:
        raise BrainTumorError(
            "predict needs at least one image file. Received none. "
            "Name files, or a list of them with --from-file."
        )
    _make_folder(args.heatmaps)
    from brain_tumor.pipeline import load_classifier
    from brain_tumor.prediction import predict_files

    classifier = load_classifier(args.models, args.engine)
    if classifier.gate_note:
        print(f"note: {classifier.gate_note}", file=sys.stderr)
    table = _Table(files, args.heatmaps is not None) if args.format == "table" else None
    failed = 0
    try:
        with _Lines(len(files)) as lines:
            if table is not None:
                lines.write(table.header)
            for one in predict_files(classifier, files, args.heatmaps):
                failed += one.error is not None
                lines.write(json.dumps(one.to_dict()) if table is None else table.row(one))
                lines.advance()
    except BrokenPipeError:
        # Whoever read the lines has left. Python would complain once more at its last flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 1 if failed else 0


def _listed(source: str | None) -> list[str]:
    """Return the names in a list, without blank lines; any bytes but a line's end may be a name."""
    if source is None:
        return []
    try:
        data = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise BrainTumorError(
            f"--from-file must name a readable text file. Received: {source} ({error.strerror}). "
            "Check the path, or give '-' for standard input."
        ) from error
    raw = data.removeprefix(codecs.BOM_UTF8).split(b"\n")
    lines = (os.fsdecode(line.removesuffix(b"\r")) for line in raw)
    return [line for line in lines if line.strip()]


def _make_folder(folder: Path | None) -> None:
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BrainTumorError(
            f"--heatmaps must name a folder, or a place for one. Received: {folder} "
            f"({error.strerror}). Name another place."
        ) from error


class _Lines:
    """Lines on standard output as they come, and on standard error how many are still to come."""

    def __init__(self, total: int) -> None:
        from tqdm import tqdm

        # In a log file a bar cannot overwrite itself: fewer lines there.
        interval = 0.2 if sys.stderr.isatty() else 10.0
        self._bar = tqdm(
            total=total, unit="image", file=sys.stderr, disable=total < 2, mininterval=interval
        )
        self._beside_bar = sys.stdout.isatty() and not self._bar.disable

    def write(self, text: str) -> None:
        """Print one line and flush it; on a terminal the bar makes way for it."""
        if self._beside_bar:
            self._bar.clear()
        print(text, flush=True)

    def advance(self) -> None:
        """Count one file as done."""
        self._bar.update()

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


class _Table:
    """Answers as rows under a header, wide enough for the names that will come."""

    def __init__(self, files: list[str], with_heatmaps: bool) -> None:
        names = [_printable(file) for file in files]
        self._name_width = min(max([4, *map(len, names)]), _MAX_NAME)
        self._with_heatmaps = with_heatmaps
        self.header = self._line("file", "label", "probability", "accepted", "heat map", "notes")

    def row(self, one: "FilePrediction") -> str:
        """Return the line of one file."""
        name = _printable(one.file)
        if one.answer is None:
            return self._line(name, "error", "-", "-", "-", _printable(one.error or ""))
        answer = one.answer
        return self._line(
            name,
            answer.label,
            f"{answer.confidence:.3f}",
            "yes" if answer.accepted else "no",
            _printable(str(one.heatmap)),
            " ".join(answer.reasons),
        )

    def _line(
        self, name: str, label: str, probability: str, accepted: str, heatmap: str, notes: str
    ) -> str:
        cells = [
            f"{name:<{self._name_width}}",
            f"{label:<10}",
            f"{probability:>11}",
            f"{accepted:<8}",
            *([f"{heatmap:<24}"] if self._with_heatmaps else []),
            notes,
        ]
        return "  ".join(cells).rstrip()


def _printable(text: str) -> str:
    """Return text that neither breaks a table nor the terminal's encoding."""
    shown = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
    encoding = sys.stdout.encoding or "utf-8"
    return shown.encode(encoding, "backslashreplace").decode(encoding)
