"""The audit as text for a terminal."""

from collections.abc import Iterable, Sequence

from brain_tumor import CLASSES
from brain_tumor.data.audit_report import AuditReport, GroupSummary, Leak

_NAMES = 4


def format_report(report: AuditReport, *, listed: int = 20) -> str:
    """Return the report as readable tables; long lists stop after ``listed`` entries."""
    sections = (
        [f"{report.images} images in {report.root}", f"data SHA-256 {report.data_sha256}"],
        _counts(report),
        _files(report, listed),
        _duplicates(report, listed),
        _leaks(report),
    )
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def _counts(report: AuditReport) -> list[str]:
    splits = list(dict.fromkeys(count.split for count in report.counts))
    images = {(count.split, count.label): count.images for count in report.counts}
    rows = [
        (split or "(no split)", *row, sum(row))
        for split in splits
        if (row := [images[split, label] for label in CLASSES])
    ]
    masks = sum(count.masks for count in report.counts)
    return [
        "Images by split and class",
        *_table(("split", *CLASSES, "all"), rows),
        f"with a tumour outline: {masks}",
    ]


def _files(report: AuditReport, listed: int) -> list[str]:
    lines = ["Files"]
    if report.sizes:
        areas = sorted(report.sizes, key=lambda size: size.width * size.height)
        lines.append(
            f"sizes (width x height): {len(report.sizes)}; "
            f"smallest {areas[0].width} x {areas[0].height}, "
            f"largest {areas[-1].width} x {areas[-1].height}"
        )
        shown = [(f"{s.width} x {s.height}", s.images) for s in report.sizes[:listed]]
        lines += _table(("size", "images"), shown) + _more(len(report.sizes), listed)
        kinds = [(f.format, f.mode, f.images) for f in report.formats]
        lines += ["", *_table(("format", "mode", "images"), kinds)]
    for title, problems in (
        ("damaged, skipped", report.damaged),
        ("misplaced or of another kind, skipped", report.misplaced),
    ):
        lines.append(f"{title}: {len(problems)}")
        lines += [f"  {problem.name}: {problem.reason}" for problem in problems[:listed]]
        lines += _more(len(problems), listed)
    return lines


def _duplicates(report: AuditReport, listed: int) -> list[str]:
    lines = [
        "Duplicates",
        *_summary("equal grey images", report.exact),
        *_summary(f"near-duplicates (cosine above {report.threshold:g})", report.near),
        "near-duplicate pairs by how the second image lies: "
        + ", ".join(f"{name} {count}" for name, count in report.pairs_by_orientation),
    ]
    crossing = [group for group in report.near_groups if len(group.splits) > 1]
    if crossing:
        lines.append(f"largest groups across splits (of {len(crossing)}):")
        for group in crossing[:5]:
            names = ", ".join(group.names[:_NAMES])
            more = ", …" if len(group.names) > _NAMES else ""
            lines.append(f"  {len(group.names)} images: {names}{more}")
    lines.append(f"near-duplicate pairs whose labels disagree: {len(report.disagreements)}")
    lines += [
        f"  {pair.first} and {pair.second} ({pair.orientation}, cosine {pair.cosine:.4f})"
        for pair in report.disagreements[:listed]
    ]
    return lines + _more(len(report.disagreements), listed)


def _summary(title: str, summary: GroupSummary) -> list[str]:
    within = ", ".join(
        f"{groups} within {split or 'the set'} ({images} images)"
        for split, groups, images in summary.within
    )
    return [
        f"{title}: {summary.groups} groups of {summary.images} images",
        f"  {within or 'none within one split'}; {summary.across_splits} across splits; "
        f"{summary.across_labels} across classes",
    ]


def _leaks(report: AuditReport) -> list[str]:
    if not report.leaks:
        return ["Leakage: not measured, there is no Training and Testing to compare"]
    rows = [(leak.label, f"{leak.cosine:g}", leak.images, *_shares(leak)) for leak in report.leaks]
    return [
        "Test images with a near-duplicate in Training",
        *_table(("class", "cosine above", "images", "as it is", "or flipped as well"), rows),
        f"to take the leak out, `train --leave-out-leaks` leaves out {len(report.leaked)} images",
    ]


def _shares(leak: Leak) -> tuple[str, ...]:
    return tuple(
        f"{count} ({count / leak.images:6.1%})" if leak.images else "0"
        for count in (leak.unflipped, leak.any_orientation)
    )


def _more(count: int, listed: int) -> list[str]:
    return [f"  … and {count - listed} more"] if count > listed else []


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return aligned lines: the first column to the left, the others to the right."""
    cells = [header, *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(header))]
    return [
        "  ".join(
            [
                f"  {row[0]:<{widths[0]}}",
                *(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)),
            ]
        ).rstrip()
        for row in cells
    ]
