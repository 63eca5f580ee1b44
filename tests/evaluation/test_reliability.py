from math import log

import numpy as np
import pytest

from brain_tumor.evaluation.reliability import (
    CoveragePoint,
    brier_score,
    expected_calibration_error,
    negative_log_likelihood,
    reliability_bins,
    risk_coverage,
)

THREE_QUARTERS = [0.75, 0.25]
SURE = [1.0, 0.0]


def test_probabilities_that_hold_have_no_calibration_error():
    assert expected_calibration_error([THREE_QUARTERS] * 4, [0, 0, 0, 1]) == 0


def test_calibration_error_weighs_bins_by_their_images():
    # 2 images at 0.75, one right: gap 0.25. 2 at 1.0, both right: gap 0.
    probs = [THREE_QUARTERS, THREE_QUARTERS, SURE, SURE]
    assert expected_calibration_error(probs, [0, 1, 0, 0]) == pytest.approx(0.125)


def test_calibration_error_of_sure_and_wrong_is_one():
    assert expected_calibration_error([SURE, SURE], [1, 1]) == 1.0


def test_opposite_gaps_in_one_bin_cancel_and_in_two_bins_do_not():
    probs, labels = [[0.6, 0.4], [0.9, 0.1]], [0, 1]
    assert expected_calibration_error(probs, labels, bins=1) == pytest.approx(0.25)
    assert expected_calibration_error(probs, labels, bins=4) == pytest.approx((0.4 + 0.9) / 2)


def test_bins_are_closed_on_the_right():
    bins = reliability_bins([[0.5, 0.5], THREE_QUARTERS, SURE], [0, 0, 0], bins=4)
    assert [one.count for one in bins] == [0, 1, 1, 1]
    assert (bins[1].low, bins[1].high, bins[1].confidence, bins[1].accuracy) == (0.25, 0.5, 0.5, 1)
    assert bins[0].confidence is None and bins[0].accuracy is None


def test_a_top_probability_rounded_above_one_stays_in_the_last_bin():
    bins = reliability_bins([[1.0 + 1e-7, 0.0]], [0])
    assert bins[-1].count == 1


def test_likelihood_by_hand():
    logits = np.log([[0.7, 0.2, 0.1], [0.5, 0.25, 0.25]])
    expected = -(log(0.7) + log(0.25)) / 2
    assert negative_log_likelihood(logits, [0, 1]) == pytest.approx(expected)


def test_likelihood_of_a_sure_mistake_is_not_clipped():
    assert negative_log_likelihood([[2000.0, 0.0]], [1]) == 2000.0
    assert negative_log_likelihood([[2000.0, 0.0]], [1], temperature=2) == 1000.0
    assert str(negative_log_likelihood([[2000.0, 0.0]], [0])) == "0.0"


def test_brier_by_hand():
    assert brier_score([[0.7, 0.2, 0.1]], [0]) == pytest.approx(0.09 + 0.04 + 0.01)
    assert brier_score([SURE, SURE], [0, 1]) == pytest.approx((0 + 2) / 2)


@pytest.mark.parametrize("score", [expected_calibration_error, brier_score])
@pytest.mark.parametrize(
    "probs", [[[2.0, -1.0]], [[0.4, 0.4]], [[np.nan, 1.0]], [[3.0, 5.0]], [[1.0]], np.empty((0, 4))]
)
def test_what_is_not_a_distribution_is_refused(score, probs):
    with pytest.raises(ValueError, match="probabilities must be"):
        score(probs, np.zeros(len(probs), dtype=int))


def test_no_bins_are_refused():
    with pytest.raises(ValueError, match="bins must be 1 or more"):
        reliability_bins([SURE], [0], bins=0)


def test_risk_coverage_by_hand():
    # Shuffled on purpose; the two images at 0.8 are answered together.
    curve = risk_coverage([0.8, 0.7, 0.9, 0.8], np.array([False, True, True, True]))
    assert curve.points == (
        CoveragePoint(0.9, 0.25, 0.0),
        CoveragePoint(0.8, 0.75, pytest.approx(1 / 3)),
        CoveragePoint(0.7, 1.0, 0.25),
    )
    assert curve.area == pytest.approx((0 * 1 + 1 / 3 * 2 + 0.25 * 1) / 4)


def test_risk_coverage_reads_off_a_threshold():
    curve = risk_coverage([0.9, 0.8, 0.7, 0.6], np.array([True, False, True, True]))
    assert curve.at_coverage(0.5).threshold == 0.8
    assert curve.at_coverage(0.51).threshold == 0.7
    assert curve.at_risk(0.3) == CoveragePoint(0.6, 1.0, 0.25)
    assert curve.at_risk(0.0) == CoveragePoint(0.9, 0.25, 0.0)
    assert risk_coverage([0.9], np.array([False])).at_risk(0.5) is None


def test_coverage_of_three_tenths_is_three_images_in_ten():
    curve = risk_coverage(np.linspace(1, 0.1, 10), np.ones(10, dtype=bool))
    assert curve.at_coverage(0.1 + 0.2).coverage == pytest.approx(0.3)


def test_perfect_and_hopeless_predictions():
    assert risk_coverage([0.9, 0.8], np.array([True, True])).area == 0
    assert risk_coverage([0.9, 0.8], np.array([False, False])).area == 1


@pytest.mark.parametrize(
    ("confidence", "correct", "message"),
    [
        ([], np.array([], dtype=bool), "N >= 1"),
        ([0.5], np.array([True, False]), "same shape"),
        ([0.5], np.array([1]), "bool"),
        ([np.nan], np.array([True]), "finite"),
    ],
)
def test_risk_coverage_refuses(confidence, correct, message):
    with pytest.raises(ValueError, match=message):
        risk_coverage(confidence, correct)


@pytest.mark.parametrize("coverage", [0.0, 1.1])
def test_coverage_outside_its_range_is_refused(coverage):
    with pytest.raises(ValueError, match="coverage must lie"):
        risk_coverage([0.5], np.array([True])).at_coverage(coverage)
