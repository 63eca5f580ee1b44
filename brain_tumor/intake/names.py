"""Names of uploaded files, which are the user's own and may say anything."""

import unicodedata
from pathlib import PurePosixPath
from typing import Final

NAME_LENGTH: Final = 80
"""Longest display name."""

_LITTER: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "ehthumbs.db"})


def display_name(name: str) -> str:
    """Return the last part of a file's name as plain text: no control or direction marks."""
    return _plain(_parts(name).name) or "unnamed file"


def display_folder(name: str) -> str:
    """Return the folders before a file's name as plain text, "" where it has none.

    Browsers send them for files of a folder, archives hold them. They are for reading only:
    nothing is ever opened by them.
    """
    folders = [part for part in _parts(name).parent.parts if part.strip("./") and part[1:] != ":"]
    return _plain("/".join(folders))


def is_litter(name: str) -> bool:
    """Say whether a file is one that systems leave beside the user's own."""
    last = _parts(name).name
    return last in _LITTER or last.startswith("._")


def _parts(name: str) -> PurePosixPath:
    return PurePosixPath(name.replace("\\", "/"))


def _plain(text: str) -> str:
    plain = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in text)
    plain = " ".join(plain.split())
    return plain if len(plain) <= NAME_LENGTH else plain[: NAME_LENGTH - 1] + "…"
