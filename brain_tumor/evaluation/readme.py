"""Figures into a text: between two marker lines, by a command, never by hand."""

import json
from pathlib import Path
from typing import Any

from brain_tumor.errors import BrainTumorError


def read_record(path: Path, what: str, form: int, remedy: str) -> dict[str, Any]:
    """Read the figures that a command has written.

    Args:
        path: the JSON file.
        what: they are, with its article, as it begins a sentence: "An evaluation".
        form: the format that can be shown.
        remedy: how to make such a file, a sentence.

    Raises:
        BrainTumorError: there is no such file, or it is of another format.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BrainTumorError(
            f"{what} must be a readable JSON file. Received: {path} ({error}). {remedy}"
        ) from error
    if not isinstance(record, dict) or record.get("format") != form:
        raise BrainTumorError(f"{what} must be of format {form}. Received: {path}. {remedy}")
    return record


def update_between(path: Path, start: str, end: str, content: str) -> bool:
    """Replace what stands between two markers of a text file.

    Returns:
        Whether the file has changed.

    Raises:
        BrainTumorError: the file cannot be read, or lacks the markers.
    """
    try:
        old = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrainTumorError(
            f"The text to write figures into must be readable. Received: {path} ({error}). "
            "Check the path."
        ) from error
    new = replace_between(old, start, end, content)
    if new != old:
        path.write_text(new, encoding="utf-8")
    return new != old


def replace_between(text: str, start: str, end: str, content: str) -> str:
    """Return ``text`` with ``content``, set off by blank lines, between two markers.

    Raises:
        BrainTumorError: the text does not hold both, in this order.
    """
    before, found_start, rest = text.partition(start)
    _, found_end, after = rest.partition(end)
    if not (found_start and found_end):
        raise BrainTumorError(
            f"Figures go between {start} and {end}. The text does not have both, in this order. "
            "Add the two lines where the figures shall stand."
        )
    return f"{before}{start}\n\n{content}\n\n{end}{after}"
