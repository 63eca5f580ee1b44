"""One reading pass over a data set: crops, outlines, signatures, and the squares to be judged."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from brain_tumor.data.dataset import Item, Problem, load_scans
from brain_tumor.data.duplicates import signature
from brain_tumor.errors import DatasetError, DecodeError
from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.evaluation.report import CropStatistics
from brain_tumor.imaging.crop import Crop
from brain_tumor.imaging.decode import Scan
from brain_tumor.pipeline import Prepared, prepare
from brain_tumor.training.outlines import Outline

PERCENTILES: Final = (0, 5, 25, 50, 75, 95, 100)


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What is kept of the N readable images, in the order in which they were given.

    Attributes:
        items: the images.
        signatures: float32 (N, 1024), see ``data.duplicates.signature``.
        found: bool (N,), whether a head was found.
        area: float64 (N,), the box's share of the image, 0..1.
        cut: float64 (N,), the share of the outline outside the box; NaN without an outline.
        prepared: what the classifier reads, of the images named for it.
        damaged: files that cannot be read.
    """

    items: tuple[Item, ...]
    signatures: NDArray[np.float32]
    found: NDArray[np.bool_]
    area: NDArray[np.float64]
    cut: NDArray[np.float64]
    prepared: dict[str, Prepared]
    damaged: tuple[Problem, ...]


def survey(
    items: Sequence[Item],
    side: int,
    judged: Collection[str],
    progress: Callable[[], object] | None = None,
) -> Survey:
    """Read every image once.

    Args:
        items: the images.
        side: height and width of the squares in pixels.
        judged: names of the images whose squares are kept.
        progress: called after each file.

    Raises:
        DatasetError: no image can be read, or an outline cannot.
    """
    kept: list[Item] = []
    signatures, found, area, cut = [], [], [], []
    prepared: dict[str, Prepared] = {}
    damaged: list[Problem] = []
    for item, scan in load_scans(items, progress=progress):
        if isinstance(scan, DecodeError):
            damaged.append(Problem(item.name, str(scan)))
            continue
        one = prepare(scan, side)
        kept.append(item)
        signatures.append(signature(scan.pixels))
        found.append(one.crop.found)
        area.append(one.crop.box.width * one.crop.box.height / scan.pixels.size)
        cut.append(_outline_cut(item, scan, one.crop))
        if item.name in judged:
            prepared[item.name] = replace(one, crop=replace(one.crop, mask=None))
    if not kept:
        raise DatasetError(
            f"At least one image must be readable. Received {len(items)} files, none of them "
            "readable. Run `python -m brain_tumor audit` on the folder to see why."
        )
    return Survey(
        items=tuple(kept),
        signatures=np.stack(signatures),
        found=np.array(found),
        area=np.array(area),
        cut=np.array(cut),
        prepared=prepared,
        damaged=tuple(damaged),
    )


def _outline_cut(item: Item, scan: Scan, crop: Crop) -> float:
    if item.mask is None:
        return float("nan")
    outline = Outline(item.mask).read(scan.height, scan.width) > 0
    total = int(outline.sum())
    box = crop.box
    inside = int(outline[box.y0 : box.y1, box.x0 : box.x1].sum())
    return 1 - inside / total if total else float("nan")


def crop_statistics(seen: Survey) -> CropStatistics:
    """Sum up the crops of all images."""
    count = len(seen.items)
    areas = seen.area[seen.found]
    cut = seen.cut[~np.isnan(seen.cut)]
    values = [float(np.percentile(areas, at)) for at in PERCENTILES] if areas.size else []
    return CropStatistics(
        images=count,
        not_found=Proportion.of(int((~seen.found).sum()), count),
        whole_image=int((seen.area == 1).sum()),
        area_percentiles={str(at): value for at, value in zip(PERCENTILES, values, strict=False)},
        outlined=len(cut),
        outlines_cut=int((cut > 0).sum()),
        largest_cut=float(cut.max(initial=0)),
    )
