"""Contact sheets of what an audit found, to look at the duplicates with one's own eyes."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageDraw

from brain_tumor.data.audit_report import AuditReport
from brain_tumor.data.dataset import Dataset
from brain_tumor.imaging.decode import decode_file

_TILE = 224
_CAPTION = 14
_COLUMNS = 6
_ROWS = 4


def write_pictures(
    report: AuditReport, dataset: Dataset, folder: Path, *, limit: int = 20
) -> tuple[Path, ...]:
    """Write PNG contact sheets and return their paths.

    Every pair whose labels disagree gets one (``disagreement-01.png`` ...), and the ``limit``
    largest groups across splits (``across-splits-01.png`` ...) and within one
    (``within-split-01.png`` ...), with up to 24 images each.
    Writes only into ``folder``, which is made when it is missing.

    Raises:
        OSError: the folder or a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, sheet in draw_pictures(report, dataset, limit=limit):
        target = folder / f"{name}.png"
        sheet.save(target)
        written.append(target)
    return tuple(written)


def draw_pictures(
    report: AuditReport, dataset: Dataset, *, limit: int = 20
) -> Iterator[tuple[str, Image.Image]]:
    """Draw the contact sheets of ``write_pictures`` one by one: (name, grey picture)."""
    paths = {item.name: item.path for item in dataset.items}
    for name, images in _sheets(report, limit):
        yield name, _sheet([(image, paths[image]) for image in images])


def _sheets(report: AuditReport, limit: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    for number, pair in enumerate(report.disagreements, start=1):
        yield f"disagreement-{number:02}", (pair.first, pair.second)
    crossing = [group.names for group in report.near_groups if len(group.splits) > 1]
    within = [group.names for group in report.near_groups if len(group.splits) == 1]
    for kind, groups in (("across-splits", crossing), ("within-split", within)):
        for number, names in enumerate(groups[:limit], start=1):
            yield f"{kind}-{number:02}", names[: _COLUMNS * _ROWS]


def _sheet(images: Sequence[tuple[str, Path]]) -> Image.Image:
    columns = min(_COLUMNS, len(images))
    rows = -(-len(images) // columns)
    sheet = Image.new("L", (columns * _TILE, rows * (_TILE + _CAPTION)), 0)
    draw = ImageDraw.Draw(sheet)
    for at, (name, path) in enumerate(images):
        left, top = (at % columns) * _TILE, (at // columns) * (_TILE + _CAPTION)
        tile = Image.fromarray(decode_file(path).pixels)
        tile.thumbnail((_TILE, _TILE))
        sheet.paste(tile, (left, top + _CAPTION))
        draw.text((left + 2, top + 1), name[-36:], fill=255)
    return sheet
