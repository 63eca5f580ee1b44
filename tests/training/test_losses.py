import numpy as np
import pytest

keras = pytest.importorskip("keras")

from brain_tumor.training.losses import (  # noqa: E402
    cell_weights,
    classification_loss,
    localisation_loss,
    outline_on_cells,
)


def numpy(value: object) -> np.ndarray:
    return np.asarray(keras.ops.convert_to_numpy(value))


@pytest.mark.parametrize(("offset", "stride"), [(0.0, 32.0), (15.5, 32.0), (31.0, 32.0)])
def test_each_pixel_is_shared_out_once(offset: float, stride: float) -> None:
    weights = cell_weights(224, 7, offset, stride)
    assert weights.shape == (7, 224)
    assert np.allclose(weights.sum(axis=0), 1)
    assert (weights >= 0).all()


def test_a_pixel_goes_to_the_nearest_centres() -> None:
    weights = cell_weights(224, 7, 0.0, 32.0)
    assert weights[2, 64] == 1  # a centre
    assert weights[2, 72] == 0.75  # a quarter of the way to the next
    assert weights[3, 72] == 0.25
    assert weights[6, 223] == 1  # beyond the last


def outline_of(rows: slice, columns: slice) -> np.ndarray:
    outline = np.zeros((1, 64, 64, 1), np.float32)
    outline[0, rows, columns] = 1
    return outline


def test_an_outline_becomes_a_distribution_over_cells() -> None:
    weights = cell_weights(64, 4, 0.0, 16.0)
    target, area = (
        numpy(v) for v in outline_on_cells(outline_of(slice(30, 35), slice(30, 35)), weights)
    )
    assert area[0] == 25
    assert target[0].sum() == pytest.approx(1)
    assert np.unravel_index(target[0].argmax(), (4, 4)) == (2, 2)  # centred on pixel 32
    nothing, area = (
        numpy(v) for v in outline_on_cells(np.zeros((1, 64, 64, 1), np.float32), weights)
    )
    assert not nothing.any()
    assert area[0] == 0


def localisation(cell_map: np.ndarray, area: float = 100.0, label: int = 2) -> float:
    maps = np.zeros((1, 4, 4, 4), np.float32)
    maps[0, :, :, 2] = cell_map
    target = np.zeros((1, 4, 4), np.float32)
    target[0, 1, 2] = 1
    loss = localisation_loss(maps, np.array([label]), target, np.array([area], np.float32))
    return float(numpy(loss)[0])


def spot(row: int, column: int) -> np.ndarray:
    cell_map = np.full((4, 4), -3.0, np.float32)
    cell_map[row, column] = 5.0
    return cell_map


def test_heat_on_the_outline_costs_less_than_heat_beside_it() -> None:
    on, beside, nowhere = (localisation(m) for m in (spot(1, 2), spot(1, 3), np.zeros((4, 4))))
    assert on < nowhere < beside
    # An even map puts 1/16 of its heat into the outline's cell.
    assert nowhere == pytest.approx(np.log(16), abs=1e-4)
    softplus = np.log1p(np.exp(np.array([5.0, -3.0])))
    assert on == pytest.approx(-np.log(softplus[0] / (softplus[0] + 15 * softplus[1])), abs=1e-4)


def test_only_the_true_classes_map_counts() -> None:
    assert localisation(spot(1, 2), label=0) == pytest.approx(np.log(16), abs=1e-4)


@pytest.mark.parametrize("area", [0.0, 7.9])
def test_without_an_outline_there_is_no_loss(area: float) -> None:
    assert localisation(spot(3, 3), area=area) == 0
    assert localisation(spot(3, 3), area=8.0) > 0


def test_classification_loss_against_a_value_by_hand() -> None:
    logits = np.log(np.array([[0.7, 0.1, 0.1, 0.1], [0.25, 0.25, 0.25, 0.25]], np.float32))
    weights = np.array([2.0, 1.0, 1.0, 0.5], np.float32)
    loss = numpy(classification_loss(logits, np.array([0, 3]), weights, 0.2))
    # Smoothing 0.2 over four classes: 0.85 for the label, 0.05 for each other.
    first = -2.0 * (0.85 * np.log(0.7) + 3 * 0.05 * np.log(0.1))
    assert loss == pytest.approx([first, 0.5 * np.log(4)], rel=1e-5)


def test_without_smoothing_it_is_the_cross_entropy() -> None:
    logits = np.array([[1.0, 2.0, 0.0, -1.0]], np.float32)
    loss = numpy(classification_loss(logits, np.array([1]), np.ones(4, np.float32), 0.0))
    assert loss[0] == pytest.approx(np.log(np.exp(logits[0]).sum()) - 2.0, rel=1e-5)
