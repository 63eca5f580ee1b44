"""What was measured of a bundle: the records beside it, those of other weights left aside.

A figure is true of the weights it was measured on. So a record that names another bundle's hash is
not handed out: in its place stands a sentence that says so.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from brain_tumor.evaluation import benchmark_text, tables
from brain_tumor.gate.make import EVALUATION_FILE as GATE_RECORD
from brain_tumor.gate.make import FORMAT as GATE_FORMAT
from brain_tumor.gate.tables import gate_tables
from brain_tumor.model.bundle import DEFAULT_FOLDER, Bundle
from brain_tumor.model.record import EVALUATION as EVALUATION_RECORD
from brain_tumor.model.record import FORMAT

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Measurement:
    """A record's name, its file, the command that makes it, and its form.

    Attributes:
        what: its name in a sentence.
        file: its name in the bundle's folder.
        command: the subcommand that measures, with its options.
        format: what its field ``format`` must say; None where it has no such field.
        table: draws all of it as Markdown, and so fails where something is missing.
    """

    what: str
    file: str
    command: str
    format: int | None
    table: Callable[[Record], str]

    def remedy(self, folder: Path) -> str:
        """Return the command line that measures the bundle in ``folder``."""
        models = "" if folder == DEFAULT_FOLDER else f" --models {folder.name}"
        return f"python -m brain_tumor {self.command}{models} --json {folder.name}/{self.file}"


EVALUATION: Final = Measurement(
    "evaluation", EVALUATION_RECORD, "evaluate --data DIR", FORMAT, tables.results_table
)
BENCHMARK: Final = Measurement(
    "benchmark", "benchmark.json", "benchmark", None, benchmark_text.table
)
GATE: Final = Measurement(
    "gate's evaluation", GATE_RECORD, "gate --data DIR", GATE_FORMAT, gate_tables
)
OUTLINES: Final = "outlines.json"
"""Two runs, with and without the outlines of tumors (``python -m brain_tumor compare``)."""


def read_measured(bundle: Bundle, kind: Measurement) -> Record | str:
    """Return a record of the bundle's own weights; or say, as a sentence, why there is none."""
    path = bundle.folder / kind.file
    if not path.is_file():
        return f"There is no {kind.what} of these weights."
    try:
        record: Record = json.loads(path.read_text(encoding="utf-8"))
        if kind.format is not None and record["format"] != kind.format:
            return f"The {kind.what} here is of format {record['format']}, not {kind.format}."
        if record["weights_hash"] != bundle.info.weights_hash:
            return f"The {kind.what} here is of other weights: {str(record['weights_hash'])[:12]}."
        kind.table(record)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        return f"The {kind.what} here is damaged ({type(error).__name__})."
    return record


@dataclass(frozen=True, slots=True)
class OutlineRun:
    """One of two runs that differ in how much the outlines of tumors weigh in the loss alone.

    ``accuracy`` and ``pointing`` (the share of heat maps that peak in the tumor) are of its
    validation images, 0..1.
    """

    mask_weight: float
    accuracy: float
    pointing: float


@dataclass(frozen=True, slots=True)
class OutlineComparison:
    """What the outlines buy: runs with and without them, of ``epochs`` at ``side`` pixels."""

    epochs: int
    side: int
    runs: tuple[OutlineRun, ...]


def read_outlines(bundle: Bundle) -> OutlineComparison | None:
    """Return the comparison of two runs, with and without outlines, if the weights come from one.

    Its hashes are those of the two runs. The weights in use went on from one of them where that
    run's settings stand in the bundle's lineage.
    """
    try:
        record: Record = json.loads((bundle.folder / OUTLINES).read_text(encoding="utf-8"))
        compared = [{**record["shared"], **run["settings"]} for run in record["runs"]]
        lineage = bundle.info.training.get("runs", [])
        if not any(_is_of(settings, run) for settings in compared for run in lineage):
            return None
        return OutlineComparison(
            epochs=record["shared"]["epochs"],
            side=record["shared"]["side"],
            runs=tuple(_outline_run(run) for run in record["runs"]),
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # it tells of the method, not of these weights: nothing is lost without it


def _outline_run(run: Record) -> OutlineRun:
    results = run["results"]
    weight = run["settings"]["mask_weight"]
    return OutlineRun(weight, results["val_accuracy"], results["val_pointing"])


def _is_of(settings: Mapping[str, Any], run: Mapping[str, Any]) -> bool:
    return bool(settings) and all(run.get(name) == value for name, value in settings.items())
