"""Figures as Markdown: tables that can be read as they are, and shares in one form."""

from collections.abc import Sequence
from typing import Any

Record = dict[str, Any]
"""A part of a report as plain types (``EvaluationReport.to_dict``)."""


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a Markdown table, its cells padded so that it can be read as it is."""
    cells = [list(header), *map(list, rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(header))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines = [
        [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        for row in cells
    ]
    return [f"| {' | '.join(line)} |" for line in [lines[0], rule, *lines[1:]]]


def count(value: int) -> str:
    """Return a number of images."""
    return f"{value:,}"


def number(value: float | None, digits: int) -> str:
    """Return a number with so many digits after the point; a dash for None."""
    return "–" if value is None else f"{value:.{digits}f}"


def percent(value: float | None) -> str:
    """Return a share 0..1 in per cent; a dash for None."""
    return "–" if value is None else f"{100 * value:.1f} %"


def interval(found: Record) -> str:
    """Return a ``Proportion``'s interval."""
    return f"{100 * found['low']:.1f}–{100 * found['high']:.1f} %"


def share(found: Record) -> str:
    """Return a ``Proportion`` as per cent and as images of images."""
    return f"{percent(found['value'])} ({count(found['successes'])} of {count(found['n'])})"
