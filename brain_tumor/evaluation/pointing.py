"""The heat maps of the serving path against the outlines, in the pixels of the scans."""

from collections.abc import Callable, Sequence
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from brain_tumor import CLASSES
from brain_tumor.data.dataset import Item, load_scans
from brain_tumor.errors import DecodeError
from brain_tumor.evaluation.intervals import Proportion
from brain_tumor.evaluation.localisation import (
    Localisation,
    LocalisationReport,
    localisation_report,
    localise,
)
from brain_tumor.evaluation.report import Pointing
from brain_tumor.finer_map import with_finer_maps
from brain_tumor.imaging.crop import CropBox
from brain_tumor.imaging.decode import Scan
from brain_tumor.pipeline import BATCH, Answer, Classifier
from brain_tumor.training.outlines import Outline


def measure_pointing(
    classifier: Classifier, items: Sequence[Item], progress: Callable[[], object] | None = None
) -> Pointing:
    """Classify outlined images, and hold the maps of those classified rightly to the outlines.

    Items without an outline, with an empty one, or with an image that cannot be read are left out.

    Args:
        classifier: the network.
        items: images that took no part in training.
        progress: called after each image.
    """
    outlined = right = 0
    aligned: list[Localisation] = []
    plain: list[Localisation] = []
    finer: list[Localisation] = []
    scans = load_scans((item for item in items if item.mask is not None), progress=progress)
    while batch := list(islice(scans, BATCH)):
        readable = [(item, scan) for item, scan in batch if not isinstance(scan, DecodeError)]
        answers = classifier.classify_many([scan for _, scan in readable]) if readable else []
        for (item, scan), answer in zip(readable, answers, strict=True):
            outline = _outline(item, scan)
            outlined += bool(outline.any())
            if not outline.any() or answer.label != CLASSES[item.label]:
                continue
            right += 1
            heat = classifier.explain(scan, answer)
            aligned.append(localise(heat, outline, item.label))
            plain.append(localise(_plain_heat(answer, scan), outline, item.label))
            heat = classifier.explain(scan, with_finer_maps(classifier, scan, answer))
            finer.append(localise(heat, outline, item.label))
    more = sum(one.inside > other.inside for one, other in zip(finer, aligned, strict=True))
    return Pointing(
        outlined=outlined,
        right=right,
        aligned=_report(aligned),
        plain_resize=_report(plain),
        finer=_report(finer),
        finer_holds_more=Proportion.of(more, right) if right else None,
    )


def plain_resize(
    class_map: NDArray[np.float32], box: CropBox, height: int, width: int
) -> NDArray[np.float32]:
    """Draw a class's map (h, w) as tutorials do: stretched over the crop, cell beside cell.

    Cubic, as the aligned map is, so that the two differ in where a cell lies and little else.

    Returns:
        float32 (height, width), 0 or more; 0 outside the crop.
    """
    positive = np.maximum(class_map, 0).astype(np.float32)
    part = cv2.resize(positive, (box.width, box.height), interpolation=cv2.INTER_CUBIC)
    heat = np.zeros((height, width), np.float32)
    heat[box.y0 : box.y1, box.x0 : box.x1] = np.maximum(part, 0)
    return heat


def _plain_heat(answer: Answer, scan: Scan) -> NDArray[np.float32]:
    class_map = answer.maps[:, :, CLASSES.index(answer.label)]
    return plain_resize(class_map, answer.crop.box, scan.height, scan.width)


def _outline(item: Item, scan: Scan) -> NDArray[np.bool_]:
    assert item.mask is not None
    return np.asarray(Outline(item.mask).read(scan.height, scan.width) > 0)


def _report(results: list[Localisation]) -> LocalisationReport | None:
    return localisation_report(results) if results else None
