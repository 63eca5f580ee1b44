import numpy as np
import pytest

from brain_tumor.imaging.crop import Crop, CropBox, whole_image
from brain_tumor.imaging.decode import Scan
from brain_tumor.imaging.quality import MAX_COLOURFULNESS, objections

FOUND = Crop(CropBox(1, 1, 9, 9), points=None, mask=None, found=True, note="")
LOST = whole_image(10, 10, "No head stands out.")


def scan(colourfulness: float) -> Scan:
    return Scan(np.zeros((10, 10), np.uint8), colourfulness, "PNG", "RGB", 8)


@pytest.mark.parametrize(
    ("colourfulness", "crop", "words"),
    [
        (0.0, FOUND, []),
        (MAX_COLOURFULNESS, FOUND, []),
        (MAX_COLOURFULNESS + 0.01, FOUND, ["colour"]),
        (0.0, LOST, ["No head stands out. The whole image was used."]),
        (0.5, LOST, ["colour", "No head"]),
    ],
)
def test_each_objection_is_a_sentence(colourfulness: float, crop: Crop, words: list[str]) -> None:
    reasons = objections(scan(colourfulness), crop)
    assert len(reasons) == len(words)
    assert all(word in reason for word, reason in zip(words, reasons, strict=True))
