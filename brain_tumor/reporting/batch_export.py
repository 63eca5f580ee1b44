"""What is taken away of a batch: its table, and its overlays in one ZIP."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Final

from brain_tumor.batch import Batch, BatchRow
from brain_tumor.errors import DecodeError
from brain_tumor.intake.study import scan_of
from brain_tumor.model.bundle import BundleInfo
from brain_tumor.reporting.archive import bundle_zip
from brain_tumor.reporting.findings import Findings, findings_of
from brain_tumor.reporting.overlay import overlay_png
from brain_tumor.reporting.table import table_csv

OVERLAY_SIDE: Final = 512
"""Longest side of an overlay in pixels: about 170 kB each, so 500 of them take 85 MB."""

MANY: Final = 500
"""Scans beyond which the overlays are half as large, for the ZIP is made in memory."""

REFUSED: Final = "Not taken for a brain MRI slice, so no class is given: "


def batch_csv(rows: Sequence[BatchRow], info: BundleInfo, zone: tzinfo = UTC) -> bytes:
    """Return the table of a batch, see ``table_csv``.

    What was refused, not read, or is a series has a row with the reason and no class.

    Args:
        rows: of the batch.
        info: the record of the weights that gave its answers.
        zone: the time zone of its dates.
    """
    return table_csv(_findings(rows, info, zone), errors=_errors(rows))


def batch_zip(
    batch: Batch, rows: Sequence[BatchRow], info: BundleInfo, zone: tzinfo = UTC
) -> bytes:
    """Return a ZIP of the table and the heat map of the predicted class over each scan.

    The scans are decoded one after the other. Overlays are at most ``OVERLAY_SIDE`` pixels wide
    and high, half of that with more than ``MANY`` scans.

    Args:
        batch: where the scans are.
        rows: those of its rows that are wanted.
        info: the record of the weights that gave its answers.
        zone: the time zone of the dates.
    """
    answered = [row for row in rows if _is_told(row)]
    findings = _findings(answered, info, zone)
    side = OVERLAY_SIDE if len(answered) <= MANY else OVERLAY_SIDE // 2
    pictures = _overlays(batch, answered, findings, side)
    return bundle_zip(findings, pictures, _errors(rows))


def _is_told(row: BatchRow) -> bool:
    return row.answer is not None and row.answer.accepted


def _findings(rows: Sequence[BatchRow], info: BundleInfo, zone: tzinfo) -> list[Findings]:
    return [
        findings_of(
            row.answer,
            info,
            file_name=row.name,
            size=row.size,
            date=(row.date or datetime.now(UTC)).astimezone(zone),
            image_hash=row.digest,
            stability=row.stability,
        )
        for row in rows
        if row.answer is not None and row.answer.accepted
    ]


def _errors(rows: Sequence[BatchRow]) -> list[tuple[str, str]]:
    errors = []
    for row in rows:
        if row.slices:
            errors.append((row.name, f"A series of {row.slices} slices: open it to scan it."))
        elif row.answer is None:
            errors.append((row.name, row.error))
        elif not row.answer.accepted:
            errors.append((row.name, REFUSED + " ".join(row.answer.reasons)))
    return errors


def _overlays(
    batch: Batch,
    rows: Sequence[BatchRow],
    findings: Sequence[Findings],
    side: int,
) -> Iterator[bytes | None]:
    for row, found in zip(rows, findings, strict=True):
        assert row.number is not None and row.answer is not None  # chosen so
        try:
            scan = scan_of(batch.studies[row.number])
        except DecodeError:  # it could be decoded before: the memory is short now
            yield None
            continue
        yield overlay_png(scan, row.answer, found, longest=side)
