"""Scans of which no two are alike, with the answer that each must get."""

from dataclasses import dataclass

import cv2
import numpy as np

from brain_tumor.imaging.decode import decode, decode_file
from brain_tumor.pipeline import Answer, Classifier
from brain_tumor.ui.samples import samples
from tests.ui.conftest import png

SIDE = 512


@dataclass(frozen=True)
class Case:
    """A file and what the classifier says of it when nobody else asks."""

    name: str
    data: bytes
    answer: Answer


def make_case(classifier: Classifier, visitor: int, turn: int) -> Case:
    """Turn a sample scan a little and change its brightness: 512 x 512, of this visit alone."""
    offered = samples()
    pixels = decode_file(offered[(visitor + turn) % len(offered)].path).pixels
    large = cv2.resize(np.asarray(pixels), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    centre = (SIDE / 2, SIDE / 2)
    turned = cv2.warpAffine(
        large, cv2.getRotationMatrix2D(centre, visitor % 7 - 3, 1.0), (SIDE, SIDE)
    )
    shown = np.rint(turned * (0.99 - 0.012 * turn - 0.001 * visitor)).astype(np.uint8)
    data = png(shown)
    return Case(f"visit-{visitor:02}-{turn:02}.png", data, classifier.classify(decode(data)))


def is_own(name: str, case: Case) -> bool:
    """Whether a file is of the same visitor: the page may list what they opened before."""
    return name.rsplit("-", 1)[0] == case.name.rsplit("-", 1)[0]
