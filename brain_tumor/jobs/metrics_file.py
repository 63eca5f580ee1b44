"""metrics.jsonl: one JSON object a line, appended by one process while others read.

JSON has no word for values that are not finite, and parsers outside Python refuse `NaN`. They are
written as the strings "NaN", "Infinity" and "-Infinity", which any parser reads, and which the
reader here turns back into floats: a loss that broke stays different from one that is missing.
"""

import json
import math
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any, BinaryIO, Final

Record = dict[str, Any]

NOT_FINITE: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
"""The words that stand for the floats JSON cannot hold."""


def plain(value: Any) -> Any:
    """Give a value as what every JSON parser reads.

    Takes None, strings, paths, numbers (NumPy's and 0-d tensors too), and mappings and sequences
    of these. Raises TypeError for anything else.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return _finite_or_word(float(value))
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [plain(item) for item in items]
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        return plain(value.tolist())
    if hasattr(value, "__float__"):  # a tensor that holds one number
        return plain(float(value))
    raise TypeError(
        "A run folder holds numbers, strings, and lists and mappings of these. "
        f"Received: {type(value).__name__}. Convert it first."
    )


def _finite_or_word(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def _revive(value: Any) -> Any:
    """Turn the words for values that are not finite back into floats, at any depth."""
    if isinstance(value, str):
        return NOT_FINITE.get(value, value)
    if isinstance(value, list):
        return [_revive(item) for item in value]
    if isinstance(value, dict):
        return {key: _revive(item) for key, item in value.items()}
    return value


def encode(record: Mapping[str, Any]) -> bytes:
    """Give a record as one line of UTF-8 with its newline."""
    text = json.dumps(plain(record), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace") + b"\n"


def decode(line: bytes) -> Record | None:
    """Read one line; None where it is damaged or no object."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):  # broken JSON and broken UTF-8 are both ValueErrors
        return None
    return _revive(record) if isinstance(record, dict) else None


def read_from(handle: BinaryIO, offset: int) -> tuple[list[Record], int]:
    """Read the whole lines after a byte offset of an open file.

    A last line without its newline is left for the next call. Damaged lines are skipped. An offset
    beyond the end, or one that is not at the start of a line, belongs to a file that has been
    rewritten since: reading starts again at 0. Returns the records and the next offset.
    """
    offset = _line_start(handle, offset)
    handle.seek(offset)
    data = handle.read()
    whole = data[: data.rfind(b"\n") + 1]
    records = [record for line in whole.splitlines() if (record := decode(line)) is not None]
    return records, offset + len(whole)


def _line_start(handle: BinaryIO, offset: int) -> int:
    """Give the offset if a line starts there, else 0."""
    if not 0 < offset <= os.fstat(handle.fileno()).st_size:
        return 0
    handle.seek(offset - 1)
    return offset if handle.read(1) == b"\n" else 0


class MetricsTail:
    """Follows a metrics file: keeps its records and reads only what was appended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: tuple[int, int] | None = None
        self._offset = 0
        self._records: list[Record] = []

    def read(self) -> list[Record]:
        """Give all records so far; none where there is no file (yet).

        A file that was replaced or shortened (a run resumed from an earlier checkpoint) is read
        from its start, so that no step appears twice.
        """
        try:
            handle = self._path.open("rb")
        except (FileNotFoundError, NotADirectoryError):
            self._file, self._offset, self._records = None, 0, []
            return []
        with handle:
            stat = os.fstat(handle.fileno())
            file = (stat.st_dev, stat.st_ino)
            if file != self._file or _line_start(handle, self._offset) != self._offset:
                self._file, self._offset, self._records = file, 0, []
            records, self._offset = read_from(handle, self._offset)
        self._records.extend(records)
        return list(self._records)


class MetricsFile:
    """The appending side. One process at a time; the run folder's lock sees to that.

    Opening an existing file drops a last line that a killed process left unfinished.
    Every method lets OSError through (a full disk among them).
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        records: list[Record] = []
        if path.exists():
            with path.open("r+b") as handle:
                records, whole = read_from(handle, 0)
                handle.truncate(whole)
        self.last_step = max((_step(record) for record in records), default=0)
        self.last_time = max((_time(record) for record in records), default=0.0)
        self._handle = path.open("ab", buffering=0)

    def append(self, record: Mapping[str, Any]) -> None:
        """Write one record as one line, so that a reader sees it at once."""
        line = encode(record)
        start = os.fstat(self._handle.fileno()).st_size
        try:
            written = 0
            while written < len(line):
                written += self._handle.write(line[written:])
        except OSError:
            with suppress(OSError):  # the first error is the one to tell
                self._handle.truncate(start)  # half a line would spoil the next one
            raise
        self.last_step = max(self.last_step, _step(record))
        self.last_time = max(self.last_time, _time(record))

    def truncate_after(self, step: int) -> int:
        """Drop the records of later steps and give their number.

        The file is replaced by a new one rather than cut, so that a reader in the middle of it can
        tell. Records without a step are dropped too: nothing says they belong to what is kept.
        """
        with self._path.open("rb") as handle:
            records, _ = read_from(handle, 0)
        kept = [record for record in records if "step" in record and _step(record) <= step]
        aside = self._path.with_name(self._path.name + ".new")
        aside.write_bytes(b"".join(encode(record) for record in kept))
        aside.replace(self._path)
        self._handle.close()
        self._handle = self._path.open("ab", buffering=0)
        self.last_step = max((_step(record) for record in kept), default=0)
        return len(records) - len(kept)

    def is_in_place(self) -> bool:
        """Whether the open file still is the one at its path: appending to a deleted file works."""
        try:
            return os.path.samestat(self._path.stat(), os.fstat(self._handle.fileno()))
        except (FileNotFoundError, NotADirectoryError):
            return False

    def close(self) -> None:
        """Close the file; every line has been written already."""
        self._handle.close()


def _step(record: Mapping[str, Any]) -> int:
    step = record.get("step")
    return step if isinstance(step, int) else 0


def _time(record: Mapping[str, Any]) -> float:
    time = record.get("time")
    return float(time) if isinstance(time, int | float) and math.isfinite(time) else 0.0
