"""A data set of which every figure of an evaluation with ``QuadrantEngine`` is known."""

from pathlib import Path

import numpy as np

from tests.data.pictures import write
from tests.fakes import head, spot_mask

VALIDATION = (
    "Training/glioma/t1.png",
    "Training/meningioma/t3.png",
    "Training/pituitary/t5.png",
    "Training/notumor/t4.png",
    "Training/glioma/gone.png",
)
"""Four that are there (two outlined and classified rightly, one outlined and not, one without an
outline), and one that is not."""


def judged_folder(root: Path) -> Path:
    """Eight readable test images, five classified rightly; one copied, one mirrored in Training.

    Testing/glioma      fresh.png right, copy.png right (Training/glioma/t1.png, brighter)
    Testing/meningioma  fresh.png right, mirrored.png wrong (Training/meningioma/t3.png, mirrored)
    Testing/notumor     fresh.png right, flat.png wrong (no head is found: not accepted)
    Testing/pituitary   fresh.png right, wrong.png wrong (looks like glioma), broken.png
    Training/glioma     t1.png with its outline, t2.png with an outline that leaves the crop
    Training/meningioma t3.png with its outline
    Training/notumor    t4.png
    Training/pituitary  t5.png with its outline, looks like glioma
    """
    training = {
        "glioma/t1": head(0, seed=1),
        "glioma/t2": head(0, seed=2),
        "meningioma/t3": head(1, seed=3),
        "notumor/t4": head(2, seed=4),
        "pituitary/t5": head(0, seed=5),
    }
    for name, scan in training.items():
        write(root / "Training" / f"{name}.png", scan)
    for name in ("glioma/t1", "meningioma/t3", "pituitary/t5"):
        write(root / "masks" / f"{name}.png", spot_mask(1 if "t3" in name else 0))
    whole = np.zeros((256, 256), np.uint8)
    whole[:128] = 255
    write(root / "masks/glioma/t2.png", whole)

    test = {
        "glioma/fresh": head(0, seed=11),
        "glioma/copy": np.minimum(training["glioma/t1"], 240) + np.uint8(5),
        "meningioma/fresh": head(1, seed=12),
        "meningioma/mirrored": np.ascontiguousarray(training["meningioma/t3"][:, ::-1]),
        "notumor/fresh": head(2, seed=13),
        "notumor/flat": np.full((64, 64), 9, np.uint8),
        "pituitary/fresh": head(3, seed=14),
        "pituitary/wrong": head(0, seed=15),
    }
    for name, scan in test.items():
        write(root / "Testing" / f"{name}.png", scan)
    (root / "Testing/pituitary/broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    return root
