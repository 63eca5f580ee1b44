import numpy as np
import pytest

pytest.importorskip("keras")

from brain_tumor.imaging.heatmap import CellGrid
from brain_tumor.training.arrays import Arrays
from brain_tumor.training.validation import Validation, judge

GRID = CellGrid(side=64, offset=0.0, stride=16.0)


def arrays(labels: list[int], outlined: list[bool]) -> Arrays:
    """Outlines, where there are any, are 9 pixels around pixel (16, 32): cell (1, 2)."""
    outlines = np.zeros((len(labels), 64, 64), np.uint8)
    for row, has in zip(outlines, outlined, strict=True):
        row[12:21, 28:37] = 255 * has
    return Arrays(
        images=np.zeros_like(outlines),
        outlines=outlines,
        labels=np.array(labels, np.int32),
        names=tuple(f"image{i}" for i in range(len(labels))),
        skipped=(),
    )


def logits(predicted: list[int], margin: float = 3.0) -> np.ndarray:
    return (np.eye(4)[predicted] * margin).astype(np.float32)


def maps(cells: list[tuple[int, int]], labels: list[int]) -> np.ndarray:
    """One hot cell in the map of each image's class; the other classes' maps point elsewhere."""
    result = np.zeros((len(cells), 4, 4, 4), np.float32)
    result[:, 3, 0, :] = 1
    for one, (row, column), label in zip(result, cells, labels, strict=True):
        one[:, :, label] = 0
        one[row, column, label] = 1
    return result


def test_accuracy_confusion_and_mistakes() -> None:
    labels, predicted = [0, 1, 2, 3, 3], [0, 1, 2, 2, 3]
    result = judge(logits(predicted), maps([(1, 2)] * 5, labels), arrays(labels, [False] * 5), GRID)
    assert result.accuracy == 0.8
    assert result.mistakes == ("image3",)
    assert result.confusion == ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 1, 1))
    right = -np.log(np.exp(3) / (np.exp(3) + 3))
    assert result.loss == pytest.approx((4 * right + right + 3) / 5, rel=1e-5)
    assert result.pointing is None
    assert result.inside is None


def test_pointing_counts_right_answers_with_an_outline() -> None:
    labels = [0, 0, 1, 3, 1]
    predicted = [0, 0, 1, 0, 1]  # the fourth is wrong, the last has no outline
    cells = [(1, 2), (3, 3), (1, 2), (1, 2), (3, 3)]
    outlined = [True, True, True, True, False]
    result = judge(logits(predicted), maps(cells, labels), arrays(labels, outlined), GRID)
    assert result.pointing == pytest.approx(2 / 3)
    assert result.inside is not None
    assert 0.1 < result.inside < 0.9


def test_heat_in_the_outline_is_more_than_heat_beside_it() -> None:
    def inside(cell: tuple[int, int]) -> float:
        result = judge(logits([1]), maps([cell], [1]), arrays([1], [True]), GRID)
        assert result.inside is not None
        return result.inside

    assert inside((1, 2)) > 5 * inside((1, 1))
    assert inside((3, 0)) < 1e-3  # what cubic weights ring


def test_a_network_without_an_answer_scores_nothing() -> None:
    broken = np.full((2, 4), np.nan, np.float32)
    result = judge(broken, maps([(0, 0)] * 2, [0, 1]), arrays([0, 1], [True] * 2), GRID)
    assert np.isnan(result.loss)
    assert np.isnan(result.score)


def test_the_score_weighs_accuracy_then_pointing_then_likelihood() -> None:
    def score(accuracy: float, loss: float, pointing: float | None) -> float:
        return Validation(accuracy, loss, pointing, None, (), ()).score

    assert score(0.95, 0.5, None) == pytest.approx(0.945)
    assert score(0.95, 0.5, 0.6) == pytest.approx(1.005)
    assert score(0.95 + 1 / 560, 0.2, 0.6) > score(0.95, 0.2, 0.61)
    assert score(0.95, 0.2, 0.6) > score(0.95, 0.3, 0.6)
