import io

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("keras")

from brain_tumor.imaging.heatmap import CellGrid
from brain_tumor.training.arrays import Arrays
from brain_tumor.training.mistakes import PICTURE_SIDE, worst_mistakes

SIDE = 224
GRID = CellGrid(SIDE, 0.0, 32.0)


def arrays(labels: list[int]) -> Arrays:
    images = np.full((len(labels), SIDE, SIDE), 80, np.uint8)
    names = tuple(f"Training/x/{number}.png" for number in range(len(labels)))
    return Arrays(images, np.zeros_like(images), np.array(labels, np.int32), names, ())


def logits(*rows: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(rows, np.float32)


def maps(count: int) -> np.ndarray:
    drawn = np.zeros((count, 7, 7, 4), np.float32)
    drawn[:, 1, 5, 2] = 1.0  # notumor's heat: top right
    drawn[:, 5, 1, 0] = 1.0  # glioma's: bottom left
    return drawn


def test_the_surest_mistakes_come_first_and_what_is_right_does_not() -> None:
    given = logits((0, 0, 2, 0), (5, 0, 0, 0), (0, 0, 4, 0), (3, 0, 0, 0))
    found = worst_mistakes(given, maps(4), arrays([0, 0, 1, 3]), GRID)
    assert [one.name[-5] for one in found] == ["2", "3", "0"]
    assert [(one.label, one.predicted) for one in found] == [
        ("meningioma", "notumor"),
        ("pituitary", "glioma"),
        ("glioma", "notumor"),
    ]
    assert found[0].probability == pytest.approx(np.exp(4) / (np.exp(4) + 3), abs=1e-6)
    assert found[0].record() == {
        "name": "Training/x/2.png",
        "label": "meningioma",
        "predicted": "notumor",
        "probability": found[0].probability,
    }
    assert len(worst_mistakes(given, maps(4), arrays([0, 0, 1, 3]), GRID, limit=1)) == 1


def test_the_picture_shows_what_spoke_for_the_wrong_class() -> None:
    given = logits((0, 0, 2, 0), (2, 0, 0, 0))
    found = worst_mistakes(given, maps(2), arrays([1, 1]), GRID)
    for one, corner in zip(found, ["top right", "bottom left"], strict=True):
        with Image.open(io.BytesIO(one.png)) as image:
            picture = np.asarray(image)
        assert picture.shape == (PICTURE_SIDE, PICTURE_SIDE, 3)
        half = PICTURE_SIDE // 2
        colourful = np.ptp(picture.astype(int), axis=-1) > 40
        quarters = {
            "top left": colourful[:half, :half],
            "top right": colourful[:half, half:],
            "bottom left": colourful[half:, :half],
            "bottom right": colourful[half:, half:],
        }
        assert max(quarters, key=lambda name: quarters[name].sum()) == corner


def test_a_network_that_diverged_has_no_mistakes() -> None:
    assert worst_mistakes(logits((np.nan, 0, 0, 0)), maps(1), arrays([1]), GRID) == ()
