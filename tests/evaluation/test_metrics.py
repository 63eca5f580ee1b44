import json
import warnings

import numpy as np
import pytest

from brain_tumor import CLASSES
from brain_tumor.evaluation.metrics import (
    classification_report,
    confusion_matrix,
    per_class,
    roc_auc,
)

pytest.importorskip("sklearn")

LABELS = np.array([0, 0, 1, 1])
PROBS = np.array([[0.9, 0.1], [0.4, 0.6], [0.6, 0.4], [0.1, 0.9]])
PERFECT = 20 * np.eye(4)[[0, 1, 2, 3, 0]]


def test_confusion_has_truth_in_rows():
    np.testing.assert_array_equal(
        confusion_matrix(predicted=[1, 1, 2], labels=[0, 1, 2], classes=3),
        [[0, 1, 0], [0, 1, 0], [0, 0, 1]],
    )


def test_confusion_refuses_a_class_that_is_not_there():
    with pytest.raises(ValueError, match=r"0 \.\. 3"):
        confusion_matrix([4], [0])


def test_roc_auc_counts_pairs_in_order():
    # Class 0: 0.9 and 0.4 against 0.6 and 0.1: 3 of the 4 pairs are in order.
    assert roc_auc(PROBS, LABELS) == (0.75, 0.75)


def test_roc_auc_is_none_where_there_is_nothing_to_rank():
    probs = np.full((2, 3), 1 / 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert roc_auc(probs, [0, 1]) == (0.5, 0.5, None)
        assert roc_auc(probs, [0, 0]) == (None, None, None)


def test_per_class_by_hand():
    # True 0: called 0, 0, 1. True 1: called 1. True 2: called 0.
    called = np.eye(3)[[0, 0, 1, 1, 0]]
    first, second, third = per_class(called, [0, 0, 0, 1, 2], ("a", "b", "c"))
    assert (first.name, first.support, first.predicted) == ("a", 3, 3)
    assert first.precision == pytest.approx(2 / 3)
    assert first.recall is not None and (first.recall.successes, first.recall.n) == (2, 3)
    assert first.f1 == pytest.approx(2 / 3)
    assert second.precision == 0.5 and second.recall is not None and second.recall.value == 1
    assert second.f1 == pytest.approx(2 / 3)
    assert third.precision is None and third.recall is not None and third.recall.value == 0
    assert third.f1 == 0


def test_an_absent_class_has_none_rather_than_zero():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        *_, absent = per_class(np.eye(3)[[0, 1]], [0, 1], ("a", "b", "c"))
    assert (absent.support, absent.predicted) == (0, 0)
    assert absent.precision is None and absent.recall is None
    assert absent.f1 is None and absent.roc_auc is None


def test_columns_must_match_the_classes():
    with pytest.raises(ValueError, match="2 columns for 4 classes"):
        per_class(PROBS, LABELS)


def test_report_by_hand():
    report = classification_report(np.log(PROBS), LABELS, classes=("a", "b"))
    assert report.images == 4 and report.temperature == 1.0
    assert (report.accuracy.successes, report.accuracy.value) == (2, 0.5)
    assert report.confusion == ((1, 1), (1, 1))
    assert report.macro_recall == report.macro_f1 == 0.5
    assert report.macro_roc_auc == 0.75
    assert report.negative_log_likelihood == pytest.approx(-np.log([0.9, 0.4]).mean())
    assert report.brier == pytest.approx((0.02 + 0.72) / 2)
    assert report.expected_calibration_error == pytest.approx((0.1 + 0.6) / 2)
    assert sum(one.count for one in report.reliability) == 4
    # The two at 0.9 are right, the two at 0.6 wrong: risk 0 for the first half, then 1/2.
    assert report.risk_coverage_area == pytest.approx(0.25)
    assert [point.coverage for point in report.coverage] == [0.5, 1, 1, 1, 1]
    assert [point.risk for point in report.coverage] == [0, 0.5, 0.5, 0.5, 0.5]


def test_temperature_moves_the_probabilities_and_not_the_answers():
    cold = classification_report(np.log(PROBS), LABELS, 1.0, ("a", "b"))
    warm = classification_report(np.log(PROBS), LABELS, 5.0, ("a", "b"))
    assert warm.temperature == 5.0
    assert warm.confusion == cold.confusion and warm.macro_roc_auc == cold.macro_roc_auc
    assert warm.negative_log_likelihood != pytest.approx(cold.negative_log_likelihood)
    assert warm.brier != pytest.approx(cold.brier)


def test_perfect_predictions():
    report = classification_report(PERFECT, [0, 1, 2, 3, 0])
    assert report.accuracy.value == report.accuracy.high == 1.0 and report.accuracy.low < 1
    assert report.macro_recall == report.macro_f1 == report.macro_roc_auc == 1.0
    assert [one.name for one in report.classes] == list(CLASSES)
    assert report.expected_calibration_error < 1e-6 and report.brier < 1e-6
    assert report.risk_coverage_area == 0


def test_macro_values_leave_an_absent_class_out():
    report = classification_report(PERFECT[:3], [0, 1, 2])
    assert report.macro_recall == report.macro_f1 == report.macro_roc_auc == 1.0
    assert classification_report(PERFECT[:1], [0]).macro_roc_auc is None


@pytest.mark.parametrize("labels", [[0, 1, 2, 3, 0], [0, 1, 2, 2, 0]])
def test_report_as_dict_survives_json(labels):
    plain = classification_report(PERFECT, labels, 1.5).to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["accuracy"]["n"] == 5 and plain["classes"][2]["name"] == "notumor"
    assert isinstance(plain["confusion"][0], list)


def test_near_certain_float32_scores_keep_their_order():
    # 1 - p is 2e-9 and 4e-9: one number in float32, two in float64.
    logits = np.array([[20.0, 0], [19.3, 0], [0, 20.0]], dtype=np.float32)
    report = classification_report(logits, [0, 1, 1], classes=("a", "b"))
    assert report.macro_roc_auc == 1.0


@pytest.mark.parametrize(
    ("logits", "labels", "message"),
    [
        (np.empty((0, 4)), [], "at least one image"),
        (np.full((1, 4), np.nan), [0], "must be finite"),
        (np.zeros((1, 4)), [0, 1], "one per image"),
        (np.zeros((1, 3)), [0], "3 columns for 4 classes"),
    ],
)
def test_report_refuses(logits, labels, message):
    with pytest.raises(ValueError, match=message):
        classification_report(logits, np.array(labels, dtype=int))
