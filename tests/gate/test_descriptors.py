import numpy as np
import pytest

from brain_tumor.gate.descriptors import oriented_gradients, statistics, thumbnails


def squares(*arrays: np.ndarray) -> np.ndarray:
    return np.stack(arrays).astype(np.uint8)


RAMP = np.tile(np.linspace(0, 255, 224), (224, 1))
NOISE = np.random.default_rng(0).integers(0, 256, (224, 224))
BLANK = np.full((224, 224), 90)


def test_thumbnails_have_no_mean_and_length_one_and_do_not_know_contrast() -> None:
    found = thumbnails(squares(RAMP, RAMP / 2 + 40))
    assert np.allclose(found.mean(axis=1), 0, atol=1e-6)
    assert np.allclose(np.linalg.norm(found, axis=1), 1)
    assert np.allclose(found[0], found[1], atol=5e-3)


def test_gradients_of_a_ramp_all_lie_in_the_first_orientation() -> None:
    found = oriented_gradients(squares(RAMP)).reshape(7, 7, 4, 9)
    assert found[..., 0].min() > 0.3
    assert np.allclose(found[..., 1:], 0, atol=1e-3)


def test_gradients_of_a_turned_ramp_lie_across() -> None:
    found = oriented_gradients(squares(RAMP.T)).reshape(-1, 9).mean(axis=0)
    assert found[4] == pytest.approx(found[5], rel=0.05)  # 90 degrees is between the two
    assert found[[0, 1, 2, 7, 8]].max() < 0.01


def test_an_inverted_picture_has_the_same_gradients() -> None:
    found = oriented_gradients(squares(NOISE, 255 - NOISE))
    assert np.allclose(found[0], found[1], atol=1e-4)


def test_noise_has_more_high_frequencies_and_texture_than_a_ramp() -> None:
    ramp, noise = statistics(squares(RAMP, NOISE))
    assert noise[9:12].min() > ramp[9:12].max()
    assert noise[44] > 10 * ramp[44]


def test_symmetry_is_a_correlation_with_the_mirrored_and_the_flipped_square() -> None:
    mirrored, flipped = statistics(squares(RAMP))[0, -2:]
    assert mirrored == pytest.approx(-1, abs=0.01)
    assert flipped == pytest.approx(1, abs=0.01)


def test_rings_tell_a_bright_centre() -> None:
    rows, columns = np.mgrid[-1:1:224j, -1:1:224j]
    means = statistics(squares((np.hypot(rows, columns) < 0.4) * 200))[0, 12:20]
    assert means[:2] == pytest.approx(200 / 255, abs=0.01)
    assert means[4:] == pytest.approx(0, abs=0.01)


def test_greys_fill_their_bins() -> None:
    greys = statistics(squares(BLANK))[0, 28:44]
    assert greys[90 // 16] == 1
    assert greys.sum() == 1


@pytest.mark.parametrize("describe", [thumbnails, oriented_gradients, statistics])
def test_a_blank_square_has_finite_descriptors(describe) -> None:
    assert np.isfinite(describe(squares(BLANK, BLANK * 0))).all()
