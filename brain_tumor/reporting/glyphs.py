"""Text made fit for the page's font and for fpdf2's ordering of right-to-left script."""

import unicodedata
from collections.abc import Container
from typing import Final

MISSING: Final = "\u25a1"
"""A box: stands for what the page cannot show."""

_LEFT_TO_RIGHT_MARK: Final = "\u200e"
_RIGHT_TO_LEFT_MARK: Final = "\u200f"
_DIRECTED: Final = frozenset({"L", "R", "AL", "EN", "AN"})
_LONGEST_UNDIRECTED: Final = 16
_MARKS: Final = frozenset({"Mn", "Me", "Cf"})
_MOST_MARKS: Final = 8
"""No script piles more on a letter; shaping takes time by the square of their number."""


def printable(text: str, known: Container[int]) -> str:
    """Return text of which the font has every character; others become ``MISSING``.

    What is invisible anyway (joiners, variation selectors) goes without a trace. Of marks that pile
    up on a letter the first are kept; one ``MISSING`` stands for the others.

    Args:
        text: any text.
        known: the code points that the font has.
    """
    shown: list[str] = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in _MARKS else 0
        if marks > _MOST_MARKS:
            if marks == _MOST_MARKS + 1:
                shown.append(MISSING)
        elif char == "\n" or ord(char) in known:
            shown.append(char)
        elif not _is_invisible(char):
            shown.append(MISSING)
    return "".join(shown)


def anchored(text: str) -> str:
    """Return text with an invisible mark of direction in long runs that have none of their own.

    fpdf2 looks for the next letter or digit by recursion, a call for each character between: a
    thousand dots or boxes in a row would exceed Python's limit. The look is the same.
    """
    return "\n".join(_anchored_paragraph(paragraph) for paragraph in text.split("\n"))


def _anchored_paragraph(paragraph: str) -> str:
    if len(paragraph) <= _LONGEST_UNDIRECTED:
        return paragraph
    mark = _RIGHT_TO_LEFT_MARK if is_right_to_left(paragraph) else _LEFT_TO_RIGHT_MARK
    parts: list[str] = []
    undirected = 0
    for char in paragraph:
        undirected = 0 if unicodedata.bidirectional(char) in _DIRECTED else undirected + 1
        if undirected > _LONGEST_UNDIRECTED:
            parts.append(mark)
            undirected = 1
        parts.append(char)
    return "".join(parts)


def is_right_to_left(text: str) -> bool:
    """Whether the first letter of a text is of a script that is written from the right."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction in ("R", "AL"):
            return True
        if direction == "L":
            return False
    return False


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) == "Cf" or 0xFE00 <= ord(char) <= 0xFE0F
