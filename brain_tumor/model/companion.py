"""Files that were made from a bundle's features and are true of those weights alone.

A companion is a JSON record in the bundle's folder, with the files that it names and their hashes.
One that is missing, or was made for other weights or another preprocessing, is left aside and a
note says so: a bundle that was exported a minute ago has none yet. One that is there but damaged is
refused like damaged weights, for nobody can tell any more what it would have said.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from brain_tumor.errors import WeightsError
from brain_tumor.imaging.preprocess import PREPROCESS_VERSION
from brain_tumor.model.bundle import Bundle, sha256_of


@dataclass(frozen=True, slots=True)
class CompanionKind:
    """What a companion is called: its record's file, its format, and the command that makes it."""

    what: str
    record: str
    format: int
    command: str


@dataclass(frozen=True, slots=True)
class Companion:
    """A companion that fits its bundle: its folder and record."""

    folder: Path
    record: dict[str, Any]

    def file(self, name: str) -> Path:
        """Return the path of one of its files."""
        return self.folder / name


_HASHES: Final = "hashes"


def open_companion(bundle: Bundle, kind: CompanionKind) -> Companion | str:
    """Read a companion's record and check its files; or say, as a sentence, why there is none.

    Raises:
        WeightsError: the record is there but damaged, or a file of it is missing or is not the
            one recorded.
    """
    path = bundle.folder / kind.record
    remedy = f"Make it with `{kind.command}`, or restore the models/ folder from the repository."
    if not path.is_file():
        return f"There is no {kind.what} with these weights. {remedy}"
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        hashes: dict[str, str] = dict(record[_HASHES])
        made_for = {
            "weights": (record["weights_hash"], bundle.info.weights_hash),
            "preprocessing": (record["preprocess_version"], PREPROCESS_VERSION),
            "format": (record["format"], kind.format),
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"The {kind.what}'s record is damaged: {path} ({type(error).__name__}: {error}). "
            f"{remedy}"
        ) from error
    for name, (recorded, wanted) in made_for.items():
        if recorded != wanted:
            return f"The {kind.what} was made for other {name}, so it is not used. {remedy}"
    for name, digest in hashes.items():
        file = bundle.folder / name
        if Path(name).name != name or not file.is_file() or sha256_of(file) != digest:
            raise WeightsError(
                f"The {kind.what}'s files must be those that {path} records. Missing or changed: "
                f"{name}. {remedy}"
            )
    return Companion(bundle.folder, record)


def write_companion(
    folder: Path,
    kind: CompanionKind,
    weights_hash: str,
    files: dict[str, bytes],
    record: dict[str, Any],
) -> Path:
    """Write a companion's files and then its record, which gains their hashes.

    Args:
        folder: the bundle's folder.
        kind: what it is.
        weights_hash: of the bundle (``BundleInfo.weights_hash``).
        files: content by name.
        record: what else is to be known of it.
    """
    for name, content in files.items():
        (folder / name).write_bytes(content)
    whole = {
        "format": kind.format,
        "weights_hash": weights_hash,
        "preprocess_version": PREPROCESS_VERSION,
        _HASHES: {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
        **record,
    }
    path = folder / kind.record
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
