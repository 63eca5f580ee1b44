import subprocess
import sys
from math import log, sqrt

import numpy as np
import pytest

from brain_tumor.model.calibration import (
    TEMPERATURE_MAX,
    TEMPERATURE_MIN,
    fit_temperature,
    log_softmax,
    review_threshold,
    softmax,
)

ONE_TO_FOUR = np.log([[1.0, 2.0, 3.0, 4.0]])


def two_class(margin, right, wrong):
    """Scores that always favour class 0 by `margin`; `right` images are of it, `wrong` not."""
    logits = np.tile([margin, 0.0], (right + wrong, 1))
    return logits, np.repeat([0, 1], [right, wrong])


def test_softmax_of_logs_gives_the_ratios_back():
    np.testing.assert_allclose(softmax(ONE_TO_FOUR), [[0.1, 0.2, 0.3, 0.4]], rtol=1e-12)


def test_temperature_two_takes_square_roots():
    roots = np.array([1.0, sqrt(2), sqrt(3), 2.0])
    np.testing.assert_allclose(softmax(ONE_TO_FOUR, 2.0), [roots / roots.sum()], rtol=1e-12)


@pytest.mark.parametrize("offset", [-1e4, 0.0, 1e4])
def test_softmax_does_not_overflow_and_ignores_a_shared_offset(offset):
    logits = np.array([[0.0, 5000.0, 0.0, 5000.0]]) + offset
    np.testing.assert_array_equal(softmax(logits), [[0.0, 0.5, 0.0, 0.5]])
    assert log_softmax(logits)[0, 0] == pytest.approx(-5000 - log(2))


@pytest.mark.parametrize(
    ("given", "returned"),
    [(np.float64, np.float64), (np.float32, np.float32), (np.float16, np.float32)],
)
def test_softmax_keeps_float64_and_gives_float32_otherwise(given, returned):
    logits = np.array([[1, 2, 3, 4], [0, 0, 0, 9]], dtype=given)
    before = logits.copy()
    probs = softmax(logits, 1.7)
    assert probs.dtype == returned and probs.shape == (2, 4)
    np.testing.assert_allclose(probs.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(logits, before)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_logits_that_are_not_finite_are_refused(bad):
    logits = np.zeros((3, 4))
    logits[1, 2] = bad
    with pytest.raises(ValueError, match="NaN or infinity in 1 of 3 rows"):
        softmax(logits)
    with pytest.raises(ValueError, match="must be finite"):
        fit_temperature(logits, [0, 1, 2])


@pytest.mark.parametrize("shape", [(0, 4), (4,), (2, 1), (1, 2, 4)])
def test_logits_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="at least one image and two classes"):
        softmax(np.zeros(shape))


@pytest.mark.parametrize("temperature", [0.0, -1.0, np.nan, np.inf])
def test_a_temperature_that_is_not_positive_is_refused(temperature):
    with pytest.raises(ValueError, match="temperature must be"):
        softmax(ONE_TO_FOUR, temperature)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0], "one per image"),
        ([0.0, 1.0], "integer type"),
        ([True, False], "integer type"),
        ([0, 4], "0 .. 3"),
        ([-1, 0], "0 .. 3"),
    ],
)
def test_labels_that_do_not_fit_are_refused(labels, message):
    with pytest.raises(ValueError, match=message):
        fit_temperature(np.eye(4)[:2], labels)


def test_plain_fit_solves_the_two_class_case_by_hand():
    # sigmoid(ln 81 / T) = 9/10 at ln 81 / T = ln 9, so T = 2.
    assert fit_temperature(*two_class(log(81), 9, 1), pseudo_images=0) == pytest.approx(2, abs=1e-9)


def test_pseudo_images_enter_as_images_of_a_class_drawn_by_lot():
    # 9 of 10 right and 10 more by lot over 2 classes: 14 of 20, so ln 81 / T = ln(14 / 6).
    got = fit_temperature(*two_class(log(81), 9, 1), pseudo_images=10)
    assert got == pytest.approx(log(81) / log(14 / 6), abs=1e-9)


def test_fit_is_the_lowest_loss_of_four_classes():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 4, 80)
    logits = 6 * (rng.normal(size=(80, 4)) + 1.5 * np.eye(4)[labels])
    fitted = fit_temperature(logits, labels, pseudo_images=0)

    def loss(temperature):
        return -log_softmax(logits, temperature)[np.arange(80), labels].mean()

    assert TEMPERATURE_MIN < fitted < TEMPERATURE_MAX
    assert loss(fitted) < min(loss(fitted * 0.99), loss(fitted * 1.01), loss(1.0))


def test_a_set_without_a_mistake_stops_at_the_bound_when_plain_and_before_it_by_default():
    logits, labels = two_class(10.0, 560, 0)
    assert fit_temperature(logits, labels, pseudo_images=0) == TEMPERATURE_MIN
    # Half an image by lot over two classes: a quarter of an image wrong in 560.5.
    expected = 10 / log(560.25 / 0.25)
    assert fit_temperature(logits, labels) == pytest.approx(expected, abs=1e-9)


def test_scores_that_rank_the_wrong_class_first_stop_at_the_upper_bound():
    assert fit_temperature(*two_class(5.0, 1, 9)) == TEMPERATURE_MAX


def test_scores_without_information_leave_the_temperature_at_one():
    assert fit_temperature(np.full((3, 4), 7.0), [0, 1, 2]) == 1.0


def test_negative_pseudo_images_are_refused():
    with pytest.raises(ValueError, match="pseudo_images"):
        fit_temperature(*two_class(1.0, 2, 1), pseudo_images=-1)


def sure(confidence: list[float], right: list[bool]) -> tuple[np.ndarray, np.ndarray]:
    """Two-class answers of these probabilities for class 0, and labels that make them right."""
    top = np.array(confidence)
    return np.stack([top, 1 - top], axis=1), np.where(right, 0, 1)


def test_the_review_threshold_is_the_lowest_that_keeps_the_accuracy():
    # 200 right and a mistake are 99.502 %; ten more right, and a second mistake is too many.
    values = [*np.linspace(0.99, 0.8, 200), 0.79, *np.linspace(0.78, 0.7, 10), 0.69]
    right = [True] * 200 + [False] + [True] * 10 + [False]
    assert review_threshold(*sure(values, right)) == pytest.approx(0.7)
    # With 198 right the first is one too many: 198 of 199 is 99.497 %.
    assert review_threshold(*sure(values[2:201], right[2:201])) == pytest.approx(0.8)


def test_no_threshold_parts_images_of_equal_probability():
    values, right = [0.9, 0.8, 0.8], [True, True, False]
    assert review_threshold(*sure(values, right)) == pytest.approx(0.9)


def test_where_the_surest_answer_is_wrong_everything_is_reviewed():
    assert review_threshold(*sure([0.9, 0.8], [False, True])) == 1
    assert review_threshold(*sure([0.9, 0.8], [True, True])) == pytest.approx(0.8)


def test_labels_of_another_length_are_refused_by_the_threshold():
    with pytest.raises(ValueError, match="one per image"):
        review_threshold(*sure([0.9], [True, False]))


def test_serving_needs_neither_scipy_nor_scikit_learn():
    code = (
        "import sys; import brain_tumor.model.calibration, brain_tumor.evaluation.metrics\n"
        "print(sorted({'scipy', 'sklearn', 'keras', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
