"""Text that users typed or named files with: harmless first, then written out as it is.

Nothing here interprets markup: what a name or a note holds is shown letter by letter.
"""

import re
import unicodedata
from typing import Final

REPLACEMENT: Final = "\ufffd"
"""Stands for what is no character: half a surrogate pair, a control that turns text round."""

# Embeddings, overrides and isolates make "scan[RLO]gnp.exe" read "scanexe.png".
_TURNING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_LINE_ENDS: Final = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def clean(text: str) -> str:
    """Return text in NFC, with line feeds as line ends and without any other control character.

    Surrogates and controls that change the direction of writing become U+FFFD.
    """
    text = _LINE_ENDS.sub("\n", unicodedata.normalize("NFC", text)).replace("\t", " ")
    text = _TURNING.sub(REPLACEMENT, _SURROGATES.sub(REPLACEMENT, text))
    return "".join(char for char in text if char == "\n" or _is_kept(char)).strip()


def one_line(text: str) -> str:
    """Return clean text on one line, runs of white space as one space."""
    return " ".join(clean(text).split())


def plain_name(name: str) -> str:
    """Return the last part of a path of any system on one line; "unnamed" where there is none."""
    return one_line(re.split(r"[\\/]", name.rstrip("\\/ "))[-1]) or "unnamed"


def _is_kept(char: str) -> bool:
    return unicodedata.category(char) != "Cc" and char != "\ufeff"
