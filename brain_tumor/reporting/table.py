"""The findings of many scans as a table for spreadsheets."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple
from typing import Final

from brain_tumor import CLASSES
from brain_tumor.reporting.findings import Findings
from brain_tumor.reporting.text import one_line, plain_name
from brain_tumor.wording import OUTSIDE

COLUMNS: Final[tuple[str, ...]] = (
    "file_name",
    "patient",
    "date",
    "accepted",
    "label",
    "confidence",
    *CLASSES,
    "review",
    "review_threshold",
    "reasons",
    "plane",
    "slice",
    "slices",
    "crop_x0",
    "crop_y0",
    "crop_x1",
    "crop_y1",
    "crop_moved",
    "image_width",
    "image_height",
    "stability",
    "stability_copies",
    "stability_agreeing",
    "stability_lowest",
    "stability_highest",
    "note",
    "error",
    "overlay",
    "heat_label",
    "colour_map",
    "heat_opacity",
    "heat_threshold",
    "image_sha256",
    "software",
    "weights",
    "data",
    "preprocessing",
    "temperature",
    "disclaimer",
)
"""Names of the columns; the JSON record's ``FIELDS`` say what they hold."""

# What spreadsheets take for the start of a formula, in full width too; white space before it does
# not stop all of them.
_FORMULA: Final = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


def table_csv(
    findings: Sequence[Findings],
    overlays: Sequence[str] = (),
    errors: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Return a table with a row for each scan, under a header.

    RFC 4180 (commas, CR LF, quotes doubled) in UTF-8 with the byte order mark by which Excel knows
    it. Text that a spreadsheet could take for a formula has an apostrophe before it.

    Args:
        findings: one for each row, in order.
        overlays: the file name of each row's heat map; none by default.
        errors: (file name, reason) of files without findings; their rows come last and hold only
            these two.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    names = overlays or [""] * len(findings)
    for one, overlay in zip(findings, names, strict=True):
        writer.writerow([_cell(value) for value in _row(one, overlay)])
    for name, reason in errors:
        told = {"file_name": plain_name(name), "error": one_line(reason)}
        writer.writerow([_cell(told.get(column, "")) for column in COLUMNS])
    return buffer.getvalue().encode("utf-8-sig")


def _row(one: Findings, overlay: str) -> list[str | float]:
    crop, source, stability = one.crop, one.provenance, one.stability
    return [
        one.file_name,
        one.patient,
        one.date.isoformat(),
        "yes" if one.accepted else f"no: {OUTSIDE}",
        one.label,
        one.confidence,
        *one.probabilities,
        one.verdict.value,
        one.review_threshold,
        " ".join(one.reasons),
        *(("", "", "") if one.origin is None else astuple(one.origin)),
        *crop.as_tuple(),
        "yes" if one.crop_moved else "no",
        one.image_width,
        one.image_height,
        *(
            [""] * 5
            if stability is None
            else [
                stability.word,
                stability.copies,
                stability.agreeing,
                stability.lowest,
                stability.highest,
            ]
        ),
        one.note,
        "",
        overlay,
        one.heat_label,
        *astuple(one.heat_style),
        one.image_hash,
        source.software,
        source.weights,
        source.data,
        source.preprocessing,
        source.temperature,
        one.disclaimer,
    ]


def _cell(value: str | float) -> str | float:
    if isinstance(value, str) and (
        value.startswith(("\t", "\r", "\n")) or value.lstrip().startswith(_FORMULA)
    ):
        return f"'{value}"
    return value
