"""The findings of many scans in one ZIP: heat maps, the table, and the same as JSON."""

import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from brain_tumor.reporting.findings import Findings, to_json
from brain_tumor.reporting.table import table_csv
from brain_tumor.wording import OUTSIDE

TABLE_NAME: Final = "findings.csv"
RECORDS_NAME: Final = "findings.json"

_MAX_STEM: Final = 60  # characters: 240 bytes of UTF-8 at most, and file systems allow 255
_MAX_STEM_BYTES: Final = 160


def bundle_zip(
    findings: Sequence[Findings],
    overlays: Iterable[bytes | None] | None = None,
    errors: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Return a ZIP of the overlays, ``findings.csv`` and ``findings.json`` (a list of records).

    No member has a folder; ``overlay_names`` says what the pictures are called, and so does the
    table's column ``overlay``. The same findings give the same bytes.

    Args:
        findings: of each scan, in order.
        overlays: the PNG of each scan's overlay, or None where there is none; taken one by one,
            so that no two of an iterator's need to be held.
        errors: (file name, reason) of files without findings, for the table.

    Raises:
        ValueError: overlays are given, but not one for each scan.
    """
    date = max((one.date for one in findings), default=None)
    buffer, names = io.BytesIO(), [""] * len(findings)
    with zipfile.ZipFile(buffer, "w") as archive:
        for place, name in enumerate(_added(archive, findings, overlays)):
            names[place] = name
        table = table_csv(findings, names, errors)
        records = to_json([one.to_dict() for one in findings])
        _add(archive, TABLE_NAME, table, date, zipfile.ZIP_DEFLATED)
        _add(archive, RECORDS_NAME, records.encode(), date, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _added(
    archive: zipfile.ZipFile, findings: Sequence[Findings], overlays: Iterable[bytes | None] | None
) -> Iterator[str]:
    """Add the overlays; yield the name of each, empty where there is none."""
    if overlays is None:
        return
    for name, picture, one in zip(overlay_names(findings), overlays, findings, strict=True):
        if picture is not None:
            _add(archive, name, picture, one.date, zipfile.ZIP_STORED)  # PNG is compressed
        yield "" if picture is None else name


def overlay_names(findings: Sequence[Findings]) -> list[str]:
    """Return ``NN-STEM-CLASS.png`` for each: unique by its number, with letters of any script.

    The class of an image that the gate refuses has the mark before it.
    What is neither letter, mark, digit, dash nor underscore becomes an underscore.
    """
    digits = max(2, len(str(len(findings))))
    return [
        f"{number:0{digits}d}-{_stem(one.file_name)}-{_class(one)}.png"
        for number, one in enumerate(findings, 1)
    ]


def _class(one: Findings) -> str:
    return one.label if one.accepted else f"{OUTSIDE.replace(' ', '-')}-{one.label}"


def _stem(name: str) -> str:
    stem = re.sub(r"\.[A-Za-z]{1,5}$", "", name)[:_MAX_STEM]
    safe = "".join(char if _is_safe(char) else "_" for char in stem)
    return safe.encode()[:_MAX_STEM_BYTES].decode(errors="ignore").strip("_") or "scan"


def _is_safe(char: str) -> bool:
    return char in "-_" or unicodedata.category(char)[0] in "LMN"


def _add(
    archive: zipfile.ZipFile, name: str, data: bytes, date: datetime | None, method: int
) -> None:
    # ZIP has no time zones, and no year before 1980.
    day = (1980, 1, 1, 0, 0, 0) if date is None else date.timetuple()[:6]
    member = zipfile.ZipInfo(name, max((1980, 1, 1, 0, 0, 0), day))
    member.external_attr = 0o644 << 16
    archive.writestr(member, data, method)
