"""The table of a batch: its lines, its filters and how its columns look. No session, no clicks."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from brain_tumor import CLASSES
from brain_tumor.batch import Batch, BatchRow
from brain_tumor.verdict import Verdict
from brain_tumor.wording import CLASS_NAMES

CLEAR: Final = "✓ Clear"
REVIEW: Final = "◐ Needs review"
REFUSED: Final = "✕ Refused"
NOT_READ: Final = "! Not read"
SERIES: Final = "▤ Series"
WAITING: Final = "… Waiting"
STATES: Final = (CLEAR, REVIEW, REFUSED, NOT_READ, SERIES, WAITING)
"""What ``Line.state`` can be; a sign stands before each word, so that a glance is enough."""

_VERDICTS: Final = {
    Verdict.CLEAR: CLEAR,
    Verdict.UNSURE: REVIEW,
    Verdict.REFUSED: REFUSED,
}
_ROW_HEIGHT: Final = 52
_HEADER_HEIGHT: Final = 36
_MOST_ROWS: Final = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: a row of the batch, or a scan whose turn has not come.

    Attributes:
        row: what came of it; None where nothing has yet.
        number: the study's place in the upload; None for a file that was not read.
        name: of the study or file.
        folder: where it came from.
        state: one of ``STATES``.
    """

    row: BatchRow | None
    number: int | None
    name: str
    folder: str
    state: str

    @property
    def label(self) -> str | None:
        """The class that is told: none where the image was refused."""
        return None if self.row is None or self.state == REFUSED else self.row.label

    @property
    def note(self) -> str:
        """Why there is no answer, in words."""
        if self.row is None:
            return ""
        if self.row.slices:
            return f"A series of {self.row.slices} slices: open it to scan it."
        if self.row.answer is not None and not self.row.answer.accepted:
            return " ".join(self.row.answer.reasons)
        return self.row.error


def lines_of(batch: Batch) -> list[Line]:
    """Return a line for every study, in order, and for every file that was not read."""
    rows = batch.rows
    done, unread = rows[: batch.done], rows[batch.done :]
    waiting = [
        Line(None, number, study.name, study.folder, WAITING)
        for number, study in enumerate(batch.studies)
        if number >= batch.done
    ]
    return [*map(_line, done), *waiting, *map(_line, unread)]


def _line(row: BatchRow) -> Line:
    if row.verdict is not None:
        state = _VERDICTS[row.verdict]
    else:
        state = SERIES if row.slices else NOT_READ
    return Line(row, row.number, row.name, row.folder, state)


def filtered(
    lines: Sequence[Line], labels: Sequence[str] = (), states: Sequence[str] = (), text: str = ""
) -> list[Line]:
    """Return the lines of any of the classes, any of the states, and with the text in their name.

    Args:
        lines: all lines.
        labels: classes; none stands for all.
        states: of ``STATES``; none stands for all.
        text: looked for in file and folder, whatever the case.
    """
    wanted = text.strip().casefold()
    return [
        line
        for line in lines
        if (not labels or line.label in labels)
        and (not states or line.state in states)
        and wanted in f"{line.folder}/{line.name}".casefold()
    ]


def columns(lines: Sequence[Line], stability: bool) -> dict[str, list[Any]]:
    """Return the table's columns by their heads.

    Cells without a value are "" where the column holds text, which Streamlit leaves empty, and
    None where it holds numbers.

    Args:
        lines: to be shown.
        stability: whether there is a column for it.
    """
    rows = [line.row for line in lines]
    told = [row if line.label else None for line, row in zip(lines, rows, strict=True)]
    table: dict[str, list[Any]] = {
        "Scan": [_picture(row) for row in rows],
        "File": [line.name for line in lines],
        "Class": [CLASS_NAMES[line.label] if line.label else "" for line in lines],
        "Probability": [row and row.confidence for row in told],
        "Review": [line.state for line in lines],
    }
    if stability:
        table["Stability"] = [_stability(row) for row in told]
    table["Time"] = [row and row.seconds for row in rows]
    table["Note"] = [line.note for line in lines]
    if any(line.folder for line in lines):
        table["Folder"] = [line.folder for line in lines]
    for label in CLASSES:
        table[f"p({CLASS_NAMES[label]})"] = [row and row.probabilities[label] for row in told]
    return table


def _picture(row: BatchRow | None) -> str:
    if row is None or not row.thumbnail:
        return ""
    return f"data:image/webp;base64,{base64.b64encode(row.thumbnail).decode()}"


def _stability(row: BatchRow | None) -> str:
    if row is None or row.stability is None:
        return ""
    found = row.stability
    return f"{found.word.capitalize()}, {found.agreeing} of {found.copies}"


def column_config() -> dict[str, Any]:
    """Return how the columns look."""
    config = st.column_config
    return {
        "Scan": config.ImageColumn(width=64, pinned=True),
        "File": config.TextColumn(width=180),
        "Class": config.TextColumn(width=125),
        "Probability": config.ProgressColumn(format="percent", min_value=0, max_value=1, width=120),
        "Review": config.TextColumn(width=125),
        "Stability": config.TextColumn(
            width=130, help="On how many slightly altered copies the class was the same"
        ),
        "Time": config.NumberColumn(format="%.2f s", width=70),
        "Note": config.TextColumn(width=420),
        **{
            f"p({CLASS_NAMES[label]})": config.NumberColumn(format="percent", width=120)
            for label in CLASSES
        },
    }


def height(count: int) -> int:
    """Return the table's height in pixels for a number of lines."""
    return _HEADER_HEIGHT + _ROW_HEIGHT * max(1, min(count, _MOST_ROWS)) + 3


ROW_HEIGHT: Final = _ROW_HEIGHT
